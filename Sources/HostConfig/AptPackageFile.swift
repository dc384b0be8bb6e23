public import Digests

/// A package in a file of its own: where that is, and what it must be.
public struct AptPackageFile: Sendable, Equatable {
    /// Where it is.
    public let url: WebAddress
    /// Its SHA-256.
    public let digest: Digest

    /// Reads `debs`; one file may not stand there twice.
    static func readAll(_ field: Field) -> [AptPackageFile] {
        var digests: Set<Digest> = []
        return (field.elements("package files") ?? []).compactMap { element in
            guard let fields = element.fields(["url", "sha256"]) else { return nil }
            let (url, digest) = (fields.required("url")?.address(.download), fields.required("sha256")?.sha256())
            guard let url, let digest else { return nil }
            if !digests.insert(digest).inserted {
                fields.contradiction(at: fields["sha256"], "the file with this digest is listed twice")
            }
            return AptPackageFile(url: url, digest: digest)
        }
    }
}
