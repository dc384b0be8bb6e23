import Engine
import HostConfig
import Platform
import Steps

/// `host-bootstrap plan`: say what apply would change, touch nothing.
enum Plan {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        guard let configuration = try await ConfigFile.load(options) else { return .invalidConfig }
        do {
            let host = try await Host.look(configuration)
            let facts = try ReceiptStore.read(host.layout.receipt)?.facts ?? [:]
            let findings = await Planner(try Steps.graph(for: host), facts: facts).plan()
            let code = code(findings)
            return options.has("--json")
                ? Output.json(findings.map(PlanLine.init), code) : Output.print(text(findings), code)
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.diagnose("error: \(error)")
        }
        return .failed
    }

    private static func code(_ findings: [Planner.Finding]) -> ExitCode {
        let results = findings.map(\.result)
        if results.contains(where: { if case .failure = $0 { true } else { false } }) { return .failed }
        return results.allSatisfy { (try? $0.get().isEmpty) ?? false } ? .done : .changesPlanned
    }

    private static func text(_ findings: [Planner.Finding]) -> String {
        var lines: [String] = []
        for finding in findings {
            switch finding.result {
            case .success(let differences):
                lines += differences.map { "\(finding.id): \($0)" }
            case .failure(let failure):
                lines.append("\(finding.id): cannot tell: \(failure.explanation.summary)")
                lines.append("    hint: \(failure.explanation.hint)")
            }
        }
        if lines.isEmpty { lines = ["nothing to change"] }
        return lines.joined(separator: "\n") + "\n"
    }
}

/// One step of a plan, for programs.
private struct PlanLine: Encodable {
    let step: StepID
    let changes: [Difference]
    let error: String?, hint: String?

    init(_ finding: Planner.Finding) {
        step = finding.id
        switch finding.result {
        case .success(let differences):
            changes = differences
            error = nil
            hint = nil
        case .failure(let failure):
            changes = []
            error = failure.explanation.summary
            hint = failure.explanation.hint
        }
    }
}
