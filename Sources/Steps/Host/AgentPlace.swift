import Digests
import Engine
import JSON
import Platform

/// Where the host's agent lies, with the one before it and the one that is tried.
struct AgentPlace: Sendable {
    /// The one in use: what the stub put there, and what the host's timer runs.
    let program: String
    /// The one before it.
    var previous: String { "\(program).previous" }
    /// The same, on its way.
    var newPrevious: String { "\(previous).new" }
    /// One that the config names, on its way.
    var next: String { "\(program).next" }
    /// What is known of one that was tried, and whose run has not ended well.
    let trialFile: String

    init(_ layout: HostLayout) {
        program = AgentProgram.path(root: layout.root)
        trialFile = "\(layout.bootstrap)/agent-trial.json"
    }

    /// All that comes of a config that names an agent, and goes when it names none.
    var ofUpdates: [String] { [previous, newPrevious, next, trialFile] }

    /// A program that a run was begun with.
    struct Trial: Codable, Equatable {
        /// Its digest, in hexadecimal digits.
        let digest: String
        /// When the run began, in RFC 3339.
        let begun: String
        /// In which boot of the host; empty once it is known not to be to blame for how that ended.
        var boot: String
        /// How often a run by it was begun.
        let times: Int
    }

    /// Nil when none was tried, or the last one that was ended its run well.
    ///
    /// Blocks.
    func trial() throws(SystemCallError) -> Trial? {
        try Files.readIfPresent(trialFile).flatMap { try? Trial(json: $0) }
    }

    /// Notes before it is run: whoever finds this later knows that its run did not end well.
    ///
    /// Blocks.
    func begin(trialOf digest: Digest) throws(SystemCallError) {
        let former = try trial().flatMap { $0.digest == digest.hex ? $0.times : nil } ?? 0
        let trial = Trial(
            digest: digest.hex, begun: Timestamp.now().rfc3339, boot: try RebootRequest.boot(), times: former + 1)
        try Files.replace(trialFile, with: trial.json() + [0x0A], mode: 0o600)
    }

    /// So often one is tried that is never to blame: it may be all the same, where it leaves the host in trouble.
    static let mostTrials = 5

    /// It may be tried again.
    ///
    /// Blocks.
    func pardon(_ trial: Trial) throws(SystemCallError) {
        var pardoned = trial
        pardoned.boot = ""
        try Files.replace(trialFile, with: pardoned.json() + [0x0A], mode: 0o600)
    }

    /// Blocks.
    func endTrial() throws(SystemCallError) { try Files.remove(trialFile) }

    /// What a trial leaves that was cut off between its program's taking its place and its end.
    ///
    /// Blocks.
    func leftOfTrial() throws(SystemCallError) -> [Difference] {
        var found: [Difference] = []
        for path in [next, trialFile, newPrevious] where try FileStatus.of(path) != nil {
            found.append(Difference(path, found: "left of a trial", wanted: "removed"))
        }
        return found
    }

    /// The digest of one of these; nil when it is not there.
    ///
    /// Blocks.
    static func digest(_ path: String) throws(SystemCallError) -> Digest? {
        try FileStatus.of(path)?.kind == .file ? try FileDigest.of(path) : nil
    }

    /// Why a program is not tried once more; nil when it was not.
    ///
    /// Blocks.
    func refusal(of wanted: Digest) throws(SystemCallError) -> Explanation? {
        guard let trial = try trial(), trial.digest == wanted.hex else { return nil }
        // A host that went down under it may have done so for anything, once.
        let limit = trial.boot.isEmpty ? Self.mostTrials : 2
        if trial.times < limit, trial.boot != (try RebootRequest.boot()) { return nil }
        return Explanation(
            "the agent sha256:\(wanted.hex.prefix(12)) was tried on \(trial.begun), and its run did not end well: the one before goes on",
            at: program,
            hint: "name another one in \"agent\"; or try it again: host-bootstrap apply --retry-version --config FILE")
    }
}
