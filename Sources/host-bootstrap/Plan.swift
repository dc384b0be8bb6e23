import Engine
import HostConfig
import JSON
import Platform
import Steps

/// `host-bootstrap plan`: say what apply would change, touch nothing.
enum Plan {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let configuration: HostConfiguration
        switch try await ConfigFile.load(options) {
        case .good(let loaded): configuration = loaded
        case .refused(let code): return code
        }
        do {
            var scrutiny = Scrutiny()
            scrutiny.readsEverything = options.has("--verify")
            let host = try await Host.look(
                configuration, takeOver: options.has("--take-over"), retryVersions: options.has("--retry-version"),
                scrutiny)
            let layout = host.layout
            let receipt = try await onOwnThread { () throws(ReceiptError) in try layout.readReceipt() }
            let planned = await Planner(try Steps.graph(for: host), facts: receipt?.facts ?? [:]).plan()
            return options.has("--json")
                ? Output.json(planned, code(planned)) : Output.print(text(planned), code(planned))
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.diagnose("error: \(error)")
        }
        return .failed
    }

    /// A plan that `plan --json` wrote before.
    static func read(_ path: String) async throws(UsageError) -> [PlannedStep] {
        let bytes: [UInt8]
        do throws(SystemCallError) {
            bytes = try await onOwnThread { () throws(SystemCallError) in try Files.read(path, limit: 16 << 20) }
        } catch {
            throw .unreadablePlan(error)
        }
        guard let planned = try? [PlannedStep](json: bytes) else { throw .noPlan(path: path) }
        return planned
    }

    /// How what was found becomes an exit code.
    static func code(_ planned: [PlannedStep]) -> ExitCode {
        if planned.contains(where: { $0.error != nil }) { return .failed }
        return planned.allSatisfy(\.changes.isEmpty) ? .done : .changesPlanned
    }

    private static func text(_ change: Difference) -> String {
        change.wanted == "removed" ? "- \(change.what): \(change.found) → removed" : "\(change)"
    }

    private static func text(_ planned: [PlannedStep]) -> String {
        var lines = lines(planned)
        if planned.allSatisfy({ $0.changes.isEmpty && $0.error == nil }) { lines.append("nothing to change") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is to be said of each step.
    static func lines(_ planned: [PlannedStep]) -> [String] {
        var lines: [String] = []
        for step in planned {
            for change in step.changes {
                lines.append("\(step.step): \(text(change))")
                lines += (change.detail ?? "").split(separator: "\n").map { "    \($0)" }
            }
            lines += (step.warnings ?? []).map { "\(step.step): warning: \($0)" }
            if let lacking = step.lacking { lines.append("\(step.step): lacking: \(lacking)") }
            if let error = step.error { lines.append("\(step.step): cannot tell: \(error)") }
            if let hint = step.hint { lines.append("    hint: \(hint)") }
        }
        return lines
    }
}
