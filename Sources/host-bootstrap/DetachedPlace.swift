internal import Glibc
import Engine
import JSON
import Platform
import Reporting

/// Where a detached run finds what it is to do, and leaves what it does: a folder of the user's own.
///
/// It is found by the user database alone, so that root need not be told of it: nothing in a request to the helper could lead
/// elsewhere.
struct DetachedPlace: Sendable {
    let folder: String

    init(home: String) { folder = "\(home)/.local/state/host-bootstrap/detached" }

    /// This user's.
    static func ofThisUser() async -> DetachedPlace {
        let account = (try? await Account.lookUp("\(Account.currentUser)")) ?? nil
        return DetachedPlace(home: account?.home ?? "/")
    }

    var record: String { "\(folder)/record.jsonl" }
    private var request: String { "\(folder)/request.json" }
    private var input: String { "\(folder)/input" }

    /// What is to be done.
    struct Request: Codable, Equatable {
        let arguments: [String]
        /// May hold secrets, as the file itself then does: mode 0600, and gone as soon as it was read.
        let environment: [String: String]
        let folder: String
        let hasInput: Bool
        /// The bootstrap root of a run that begins a record of its own; nil: whoever asked has begun it.
        var root: String?
    }

    /// Nobody else puts a run here, as long as the answer lives; nil when somebody does.
    ///
    /// Blocks.
    func lock() throws(SystemCallError) -> Lock? {
        try makeFolder()
        let lock = try Descriptor.open(folder, O_RDONLY | O_DIRECTORY)
        return try lock.tryLock(path: folder) ? Lock(lock) : nil
    }

    /// Held as long as it lives.
    final class Lock: Sendable {
        private let file: Descriptor
        fileprivate init(_ file: consuming Descriptor) { self.file = file }
    }

    /// The process of the run that is under way; nil when there is none.
    ///
    /// Blocks while it looks at every process.
    func running() -> Int32? { RunLock.isHeld(record) ? LockHolders.of(record).first : nil }

    /// Puts a run here, to be taken by whoever is started next.
    ///
    /// Blocks.
    func put(_ request: Request, input bytes: [UInt8]?, root: String) throws(SystemCallError) {
        if let bytes { try Files.replace(input, with: bytes, mode: 0o600) }
        try Files.replace(self.request, with: request.json(), mode: 0o600)
        try Files.replace(record, with: RecordLine(root: root).json() + [0x0A], mode: 0o600)
    }

    /// The same for a run after the next boot, which begins its own record: this one's may be followed still.
    ///
    /// Blocks.
    func putForNextBoot(_ request: Request) throws(SystemCallError) {
        try makeFolder()
        try Files.replace(self.request, with: request.json(), mode: 0o600)
        try FileSystem.synchronize(holding: folder)
    }

    /// Puts a run here that was taken already, for another program that this process becomes; its record goes on.
    ///
    /// Blocks.
    func putAgain(_ request: Request) throws(SystemCallError) {
        var again = request
        again.root = nil
        try Files.replace(self.request, with: again.json(), mode: 0o600)
    }

    private func makeFolder() throws(SystemCallError) {
        try Folders.make(folder, mode: 0o700)
        try Files.setMode(folder, 0o700)
    }

    /// Takes what lies ready, which is gone then; nil when nothing does.
    ///
    /// Blocks.
    func take() throws(SystemCallError) -> Request? {
        guard let bytes = try Files.readIfPresent(request) else { return nil }
        try Files.remove(request)
        guard let taken = try? Request(json: bytes) else { return nil }
        if let root = taken.root {
            try Files.replace(record, with: RecordLine(root: root).json() + [0x0A], mode: 0o600)
        }
        if taken.hasInput { try ProcessStart.takeInput(from: input) }
        return taken
    }

    /// Forgets what nobody took.
    func clear() {
        for path in [request, input] { try? Files.remove(path) }
    }
}
