import Transfer

/// How many bytes an archive may have before anybody knows whether it is the right one.
struct ArchiveLength: Sendable, Equatable {
    /// What it must have, if somebody who is trusted for its digest says so.
    let exact: Int64?
    /// Where it is cut off.
    let most: Int64

    /// An archive is no longer than what it unpacks to, but for its headers: 64 MiB of them are those of 65,000 files.
    private static let headers: Int64 = 64 << 20

    /// The length that is promised, or what may be unpacked and headers.
    init(promised: Int64?, unpacked: Int64) {
        exact = promised
        most = promised ?? min(unpacked, .max - Self.headers) + Self.headers
    }

    /// The length that is promised for a file that stays as it came, or the usual limit.
    init(promised: Int64?) {
        exact = promised
        most = promised ?? Downloader.Limit().bytes
    }

    /// What there is to say of one that has more.
    func excess(_ url: SourceURL) -> BundleError {
        exact.map { .wrongLength(url: url.description, wanted: $0, found: nil) }
            ?? .tooLong(url: url.description, limit: most)
    }
}
