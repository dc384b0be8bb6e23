public import Archives
public import Digests
public import Platform
public import Transfer

/// Why a bundle was not installed.
public enum BundleError: Explained, Equatable {
    /// It could not be fetched.
    case transfer(TransferError)
    /// What came is not what was wanted; `resumed` when a part of it was there from an earlier run.
    case mismatch(url: String, wanted: Digest, found: Digest, resumed: Bool)
    /// It does not have the length that it should; nil is more than that.
    case wrongLength(url: String, wanted: Int64, found: Int64?)
    /// It has more bytes than it might unpack to.
    case tooLong(url: String, limit: Int64)
    /// Something else came, such as a log-in page.
    case notTheFile(url: String, ServerAnswer, wanted: String)
    /// The published checksum cannot be read.
    case badChecksum(url: String, reason: String)
    /// The signature is missing something, or does not fit.
    case signature(url: String, reason: String)
    /// What names the newest archive cannot be read, or names one for another machine.
    case badRelease(url: String, reason: String)
    /// It is older than the config allows.
    case tooOld(url: String, version: String, minimum: String)
    /// It is older than what the same file of releases has led to before.
    case replayed(url: String, version: String, seen: String, record: String)
    /// The archive itself was refused.
    case archive(ArchiveError)
    /// The manifest is wrong, or the content is not what it says.
    case manifest(path: String, reason: String)
    /// It may be sound, but it is not what is wanted; `remedy` says what to do.
    case unsuitable(path: String, reason: String, remedy: String)
    /// A folder cannot be made a bundle of; `remedy` says what to do.
    case notPacked(path: String, reason: String, remedy: String)
    /// What lies in its place is not replaced; `remedy` says what to do.
    case occupied(path: String, reason: String, remedy: String)
    /// The disk refused.
    case disk(SystemCallError)
    /// It was given up on the way.
    case stopped(url: String)

    /// A checksum, manifest or archive was refused, as opposed to a host or network in trouble.
    public var isIntegrity: Bool {
        switch self {
        case .wrongLength, .tooLong: true
        case .mismatch, .notTheFile, .badChecksum, .badRelease, .signature, .tooOld, .replayed, .manifest: true
        case .unsuitable, .notPacked: true
        case .archive(let error): error.isIntegrity
        case .transfer, .disk, .stopped, .occupied: false
        }
    }

    /// This host is at fault: no other source would help.
    var isOfThisHost: Bool {
        switch self {
        case .disk, .transfer(.disk), .transfer(.noRoom), .archive(.disk): true
        default: false
        }
    }

    /// Words for each case.
    public var explanation: Explanation {
        switch self {
        case .transfer(let error): error.explanation
        case .mismatch(let url, let wanted, let found, _):
            Explanation(
                "checksum mismatch: wanted \(wanted.hex), got \(found.hex)", at: url,
                hint:
                    "if the file was published anew, give its new digest (\"bundle_checksums\", --sha256, or the list of "
                    + "checksums that is published with it); if not, do not trust it")
        case .wrongLength(let url, let wanted, let found):
            Explanation(
                "is \(found.map { "\($0)" } ?? "more than that") bytes long, and should be \(wanted)", at: url,
                hint:
                    "if the file was published anew, give its new length with its new digest (\"size\", --size, or the "
                    + "list of checksums); if not, do not trust it")
        case .tooLong(let url, let limit):
            Explanation(
                "is longer than \(limit) bytes, more than it may unpack to", at: url,
                hint:
                    "check that the address names what it should; say how long it is (\"size\", --size), or let it unpack "
                    + "to more (\"max_unpacked_mb\", --max-unpacked-mb)")
        case .notTheFile(let url, let answer, let wanted):
            Explanation(
                "\(url.hasPrefix("file:") ? "this is" : "the server sent") \(answer.words), and no \(wanted)", at: url,
                hint: answer.hint)
        case .badChecksum(let url, let reason):
            Explanation(reason, at: url, hint: "publish it as sha256sum writes it: 64 hex digits, two spaces, the name")
        case .signature(let url, let reason):
            Explanation(
                reason, at: url,
                hint: "do not use what was to be fetched; its owner can sign it anew, or tell of a new key for "
                    + "\"signature_keys\"")
        case .badRelease(let url, let reason):
            Explanation(reason, at: url, hint: "publish it anew, or name the archive itself by \"url\"")
        case .tooOld(let url, let version, let minimum):
            Explanation(
                "is version \(version), older than \(minimum)", at: url,
                hint: "do not use it: somebody may be offering an old bundle for its faults; if it is meant, lower "
                    + "\"minimum_version\"")
        case .replayed(let url, let version, let seen, let record):
            Explanation(
                "is version \(version), and \(seen) was taken from there before", at: url,
                hint:
                    "do not use it: somebody may be offering an old bundle for its faults; if it is meant, publish it under a "
                    + "version above \(seen), give its digest in the config, or take \(record) away with the newer versions"
            )
        case .archive(let error): error.explanation
        case .manifest(let path, let reason):
            Explanation(reason, at: path, hint: "rebuild the bundle; nothing of this one was put to use")
        case .unsuitable(let path, let reason, let remedy), .notPacked(let path, let reason, let remedy),
            .occupied(let path, let reason, let remedy):
            Explanation(reason, at: path, hint: remedy)
        case .disk(let error): error.explanation
        case .stopped(let url): Explanation("was not fetched to its end", at: url, hint: "run again")
        }
    }
}

extension BundleError {
    /// A small text that was to be published, and is a page or the like; nil when it does not look so.
    static func notPublished(_ text: [UInt8], at url: String, _ wanted: String) -> BundleError? {
        let answer = ServerAnswer(whole: text)
        return [.data, .text].contains(answer.kind)
            ? nil : .notTheFile(url: url, answer, wanted: wanted)
    }
}

/// Calls the disk, and makes its error a bundle's.
func onDisk<Value: ~Copyable>(_ body: () throws(SystemCallError) -> Value) throws(BundleError) -> Value {
    do throws(SystemCallError) { return try body() } catch { throw .disk(error) }
}
