import Bundles
import JSON
import Platform

/// How filling a folder goes, for programs beside: a file in it that is replaced whole.
struct HydrationStatus: Encodable {
    enum State: String, Encodable { case starting, running, done, empty, failed }

    private(set) var state: State
    private(set) var process: Int32?
    private(set) var time: String
    private(set) var files: [String]
    private(set) var source: String?
    private(set) var error: String?, hint: String?

    /// Its path in the folder.
    static let name = ".host-bootstrap-status.json"

    private init(_ state: State, _ job: HydrationJob) {
        self.state = state
        process = state == .running ? ProcessStart.processID : nil
        time = Timestamp.now().rfc3339
        files = job.files.names
    }

    /// Says that it is under way; `starting` before its process is there.
    static func begin(_ job: HydrationJob, _ state: State) throws(SystemCallError) {
        try Folders.make(job.files.folder)
        try HydrationStatus(state, job).write(job)
    }

    /// Says how it ended.
    static func end(_ job: HydrationJob, _ ending: HydrationJob.Ending) throws(SystemCallError) {
        var status: HydrationStatus
        switch ending {
        case .foundFilled: status = HydrationStatus(.done, job)
        case .filled(let source):
            status = HydrationStatus(.done, job)
            status.source = source
        case .leftEmpty(let explanation): status = HydrationStatus(.empty, job).with(explanation)
        case .failed(let explanation, _): status = HydrationStatus(.failed, job).with(explanation)
        }
        try status.write(job)
    }

    private func with(_ explanation: Explanation) -> HydrationStatus {
        var status = self
        status.error = RevealedSecrets.hidden(in: explanation.summary)
        status.hint = explanation.hint
        return status
    }

    private func write(_ job: HydrationJob) throws(SystemCallError) {
        try Files.replace("\(job.files.folder)/\(Self.name)", with: json(indented: true) + [0x0a], mode: 0o644)
    }
}
