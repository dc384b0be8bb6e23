internal import Digests
internal import Dispatch
internal import JSON
public import Platform
internal import Synchronization

/// Keeps the receipt on disk, whole after every change.
public final class ReceiptStore: Sendable {
    /// Where the receipt is.
    public let path: String
    private let receipt: Mutex<Receipt>
    // Writes happen one after the other, off the cooperative threads.
    private let queue = DispatchQueue(label: "receipt")

    /// Starts a run's receipt on top of the last one's; it is on disk from the first `record` on.
    public init(path: String, run: Receipt, previous: Receipt?) {
        self.path = path
        var receipt = run
        receipt.steps = previous?.steps ?? [:]
        self.receipt = Mutex(receipt)
    }

    /// The receipt as it stands.
    public var current: Receipt { receipt.withLock { $0 } }

    /// Changes the receipt; when this returns it is on disk.
    /// - Throws: what the disk says. The receipt in memory has the change all the same.
    public func record(_ change: (inout Receipt) -> Void) async throws(SystemCallError) {
        receipt.withLock { change(&$0) }
        let result: Result<Void, SystemCallError> = await withCheckedContinuation { continuation in
            queue.async { [self] in
                var sealed = current
                sealed.seal = Seal.blank
                let encoded = Seal.filled(sealed.json(indented: true) + [UInt8(ascii: "\n")])
                continuation.resume(
                    returning: Result { () throws(SystemCallError) in
                        try Files.replace(path, with: encoded, mode: 0o644)
                    })
            }
        }
        try result.get()
    }

    /// Changes the receipt in memory; it reaches the disk with the next `record`.
    public func note(_ change: (inout Receipt) -> Void) { receipt.withLock { change(&$0) } }

    /// Reads a receipt; nil when there is none.
    /// - Throws: ``ReceiptError`` when it is there but of no use.
    public static func read(_ path: String) throws(ReceiptError) -> Receipt? {
        let bytes: [UInt8]?
        do throws(SystemCallError) { bytes = try Files.readIfPresent(path) } catch { throw .unreadable(error) }
        guard let bytes else { return nil }
        guard Seal.state(of: bytes) != .broken, (try? FileStatus.of(path))??.kind == .file else {
            throw .damaged(path: path)
        }
        // Asked first: what a newer one holds besides may be nothing that is known here.
        let format: Format
        do throws(JSONError) { format = try Format(json: bytes) } catch { throw .damaged(path: path) }
        guard format.version <= Receipt.currentVersion else { throw .newer(path: path, version: format.version) }
        do throws(JSONError) {
            var receipt = try Receipt(json: bytes)
            receipt.seal = nil
            return receipt
        } catch {
            throw .damaged(path: path)
        }
    }

    private struct Format: Decodable {
        let version: Int
        enum CodingKeys: String, CodingKey { case version = "schema_version" }
    }
}

/// A receipt that is there but cannot be used.
public enum ReceiptError: Explained, Equatable {
    /// The file cannot be read.
    case unreadable(SystemCallError)
    /// It is no receipt.
    case damaged(path: String)
    /// A newer host-bootstrap wrote it.
    case newer(path: String, version: Int)

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .unreadable(let error): error.explanation
        case .damaged(let path):
            Explanation(
                "the receipt is damaged", at: path,
                hint:
                    "host-bootstrap apply --config FILE moves it aside: every step looks at the host itself, services are "
                    + "restarted once")
        case .newer(let path, let version):
            Explanation(
                "the receipt has format \(version), this program knows up to \(Receipt.currentVersion)", at: path,
                hint: "run the newer host-bootstrap that wrote it, or move it away")
        }
    }
}
