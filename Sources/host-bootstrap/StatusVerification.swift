import Bundles
import Engine
import HostConfig
import Platform
import Reporting
import Steps

/// `host-bootstrap status --verify`: look at all that is owned, and change nothing.
enum StatusVerification {
    static func run(_ options: CommandLineOptions) async throws(UsageError) -> ExitCode {
        let shape = try options.textShape()
        let (layout, tally) = (LastRun.layout(options), CheckTally())
        let holder = await onOwnThread { () throws(Never) in RunLock.currentHolder(layout.lock) }
        if let holder { Output.diagnose("warning: a run is under way, what it changes differs meanwhile: \(holder)") }
        do {
            let found = try await Verification(layout, tally).run()
            let code = Plan.code(found)
            if options.has("--json") {
                return Output.json(
                    VerificationReport(
                        matches: code == .done, filesRead: tally.read, filesUnchanged: tally.trusted, steps: found,
                        runningNow: holder.map(\.description)), code)
            }
            let words = code == .done ? "the host matches \(layout.configInForce)" : "the host differs"
            let counts = "\(tally.read) files by content, \(tally.trusted) from the cache"
            return Output.show(PlanText(found, shape).lines + ["\(words): \(counts)".withControlsShown], code)
        } catch let error as any Explained {
            Output.explain(error.explanation)
        } catch {
            Output.explain(.unexpected(error))
        }
        return .failed
    }
}

private struct VerificationReport: Encodable {
    let matches: Bool
    let filesRead: Int, filesUnchanged: Int
    let steps: [PlannedStep]
    let runningNow: String?

    enum CodingKeys: String, CodingKey {
        case matches, steps
        case filesRead = "files_by_content"
        case filesUnchanged = "files_from_cache"
        case runningNow = "running_now"
    }
}
