import Platform
import Reporting

/// `host-bootstrap detached-run`, which the transient unit of `apply --detach` runs: does what lies ready.
enum DetachedRun {
    static func run() async throws(UsageError) -> ExitCode {
        let place = await DetachedPlace.ofThisUser()
        let record: RunRecord
        let request: DetachedPlace.Request
        do throws(SystemCallError) {
            guard let taken = try await onOwnThread({ () throws(SystemCallError) in try place.take() }),
                let mine = try RunRecord.take(place.record)
            else {
                Output.explain(
                    Explanation(
                        "nothing lies ready", at: place.folder, hint: "host-bootstrap apply --detach --config FILE"))
                return .failed
            }
            (request, record) = (taken, mine)
            try ProcessStart.goOn(with: request.environment, in: request.folder)
        } catch {
            Output.explain(error.explanation)
            return .failed
        }
        Output.alsoTell { record.say($0) }
        let options = try CommandLineOptions.parse(request.arguments)
        let code = try await Apply.run(options, record: record, request: request)
        record.end(code.rawValue)
        await record.finish()
        return code
    }
}
