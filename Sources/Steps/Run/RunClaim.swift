import Engine
import Platform

extension RunReport {
    /// What holds of the host when all that was looked at ended well.
    func claim(_ selection: GraphSelection) -> String {
        let lacking = shortcomings.filter { !$0.isOfSelection }.map(\.what).joined(separator: ", ")
        let exception = lacking.isEmpty ? "" : ", except for \(lacking)"
        guard !selection.leftOut.isEmpty else { return "the host matches the config\(exception)" }
        let looked = selection.graph.steps.map(\.id)
        let names =
            looked.count <= selection.leftOut.count
            ? looked.map(\.name) : ["all but " + selection.leftOut.map(\.name).joined(separator: ", ")]
        let all = looked.count + selection.leftOut.count
        return "\(looked.count) of \(all) steps were looked at (\(names.joined(separator: ", "))), "
            + "and the host matches them\(exception)"
    }
}

extension Shortcoming {
    private static let selection = "not looked at"

    static func notLookedAt(_ steps: [StepID]) -> Shortcoming {
        let names = steps.map(\.name).joined(separator: ", ")
        return Shortcoming(
            selection, Explanation(names, hint: "run host-bootstrap apply --config FILE without --only and --skip"))
    }

    fileprivate var isOfSelection: Bool { what == Self.selection }
}
