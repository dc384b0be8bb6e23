import Archives
import Bundles
import Digests
import Transfer

/// What a command line says of an archive.
extension CommandLineOptions {
    /// What it is held against, which must be said.
    func verification() throws(UsageError) -> ArchiveSource.Verification {
        let given = [last("--sha256") != nil, last("--checksum-url") != nil, has("--no-verify")].count { $0 }
        guard given > 0 else { throw .missingOption("--sha256, --checksum-url or --no-verify", command) }
        guard given == 1 else { throw .exclusive(["--sha256", "--checksum-url", "--no-verify"], command) }
        if let digest = try digest() { return .digest(digest) }
        if let text = last("--checksum-url") { return .sidecar(try address(text)) }
        return .none
    }

    /// The digest that it must have, if one is given.
    func digest() throws(UsageError) -> Digest? {
        guard let hex = last("--sha256") else { return nil }
        guard let digest = Digest(published: hex) else { throw .badDigest(hex, of: "--sha256") }
        return digest
    }

    /// An address as one may stand on a command line.
    func address(_ text: String) throws(UsageError) -> SourceURL {
        do throws(TransferError) { return try SourceURL(text) } catch { throw .badAddress(error) }
    }

    /// Its length in bytes, if that is given.
    func archiveSize() throws(UsageError) -> Int64? {
        guard let text = last("--size") else { return nil }
        guard let size = Int64(text), size > 0 else {
            throw .badValue("--size", text, expected: "its length in bytes")
        }
        return size
    }

    /// How much it may unpack to.
    func unpackedLimits() throws(UsageError) -> Unpacker.Limits {
        guard let text = last("--max-unpacked-mb") else { return Unpacker.Limits() }
        guard let megabytes = Int64(text), (1...1 << 20).contains(megabytes) else {
            throw .badValue("--max-unpacked-mb", text, expected: "a whole number of megabytes from 1 to 1048576")
        }
        return Unpacker.Limits(bytes: megabytes << 20)
    }
}

extension UsageError {
    /// What an option or variable was given is no digest.
    static func badDigest(_ text: String, of name: String) -> UsageError {
        .badValue(name, text, expected: "64 or 128 hexadecimal digits, as sha256sum or sha512sum print them")
    }
}
