import Engine
import HostConfig
import JSON
import Platform
import Reporting
import Steps

/// `host-bootstrap plan`: say what apply would change, touch nothing.
enum Plan {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let shape = try options.textShape()
        let configuration: HostConfiguration
        switch try await ConfigFile.load(options) {
        case .good(let loaded): configuration = loaded
        case .refused(let code): return code
        }
        do {
            var inspection = InspectionOptions()
            inspection.readsEverything = options.has("--verify")
            let host = try await Host.look(
                configuration, takeOver: options.has("--take-over"), retryVersions: options.has("--retry-version"),
                inspection)
            let layout = host.layout
            let receipt = try await onOwnThread { () throws(ReceiptError) in try layout.readReceipt() }
            let graph = try Steps.graph(for: host)
            let planned = await Planner(graph, facts: receipt?.facts ?? [:]).plan()
            if options.has("--json") { return Output.json(planned, code(planned)) }
            let estimate = RunEstimate(planned, graph, past: receipt, parallel: configuration.parallel)
            return Output.show(PlanText(planned, shape).plan(taking: estimate), code(planned))
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.explain(.unexpected(error))
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
}
