import Bundles
import Engine
import Transfer

extension Host {
    /// The same difference with what it takes to mend it by a download.
    func previewed(_ difference: Difference, _ url: SourceURL, _ access: Access = .open) async -> Difference {
        let size = await downloader.size(url, access: access)
        let words = size.map { "\($0) bytes" } ?? "an unknown number of bytes"
        return Difference(
            difference.what, found: difference.found, wanted: difference.wanted,
            detail: "download \(words) from \(url)",
            downloadBytes: size)
    }
}
