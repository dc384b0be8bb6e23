import Engine
import HostConfig
import Platform

/// A file that is made from a template when it is missing; its content is its owner's from then on.
struct RequiredFile: PlacedRequirement {
    let placement: Placement
    /// The template's path on this host.
    let template: String
    let host: Host
    let values: @Sendable () throws(StepFailure) -> [String: String]

    /// Configs are small; what is larger is no template.
    private static let largest = 4 << 20

    func meet(_ context: StepContext) async throws(StepFailure) {
        let (placement, path, template) = (placement, path, template)
        let isThere = try await onDisk { () throws(SystemCallError) in try FileStatus.of(path) != nil }
        guard !isThere else {
            try await refuseObstacle()
            return try await onDisk { () throws(SystemCallError) in try Files.setMode(path, placement.mode) }
        }
        let bytes = try await onDisk { () throws(SystemCallError) in
            try Files.readIfPresent(template, limit: Self.largest)
        }
        guard let text = bytes.flatMap({ String(validating: $0, as: UTF8.self) }) else {
            throw hopeless(
                "its template \(template) is no text, or gone",
                hint: "correct the bundle: its manifest names the template under \"files\"")
        }
        let filled = try fill(text)
        try await host.makeFolder(Files.folder(of: path), mode: 0o755)
        try await onDisk { () throws(SystemCallError) in
            try Files.replace(path, with: Array(filled.utf8), mode: placement.mode)
        }
    }

    private func fill(_ text: String) throws(StepFailure) -> String {
        let values = try values()
        do throws(Template.UnknownPlace) { return try Template(values: values).fill(text) } catch {
            throw hopeless(
                "@\(error.name)@ in its template stands for nothing",
                hint: "a template may use \(error.known.map { "@\($0)@" }.joined(separator: ", "))")
        }
    }
}
