public import Archives
public import Bundles
public import HostConfig
public import Transfer

extension DataEntry {
    /// Where its archive is; `secret` is what ``authorization`` holds.
    public func source(_ secret: String?) throws(TransferError) -> ArchiveSource {
        let url = try SourceURL(url.text)
        let checksums = try checksumURL.map { (address) throws(TransferError) in try SourceURL(address.text) }
        var source = ArchiveSource(url, digest.map { .digest($0) } ?? .sidecar(checksums))
        source.size = size.map(Int64.init)
        if let secret { source.access = try Access(secret, for: url) }
        return source
    }

    /// How much it may unpack to.
    public var limits: Unpacker.Limits { Unpacker.Limits(bytes: Int64(maxUnpackedBytes)) }
}
