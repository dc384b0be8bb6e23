public import Digests
internal import JSON
public import Platform
public import Transfer

/// What a `latest-OS-ARCH.json` names: the newest archive there is.
public struct Release: Sendable {
    /// Where the archive is.
    public let url: SourceURL
    /// Its SHA-256.
    public let digest: Digest
    /// Its length in bytes, and its version, if the file tells.
    public let size: Int64?, version: String?
}

extension BundleError {
    fileprivate static func otherMachine(_ url: String, _ words: String) -> BundleError {
        .unsuitable(
            path: url, reason: "is for \(words)", remedy: "name the \"manifest_url\" for this machine in the config")
    }
}

/// The file itself; only what is needed is read.
private struct ReleaseManifest: Decodable {
    let url: String, sha256: String
    let size_bytes: Int64?
    let os: String?, arch: String?, version: String?
    let expires: String?
}

extension ArchiveFetcher {
    /// Looks up what the newest archive is, once in a run; it must be for Linux on this processor.
    public func release(
        _ manifest: SourceURL, _ access: Access, architecture: String, at now: Timestamp = .now()
    ) async throws(BundleError) -> Release {
        let text = try await text(manifest, access), place = manifest.description
        guard let read = try? ReleaseManifest(json: Array(text.utf8)) else {
            if let error = BundleError.notPublished(Array(text.utf8), at: place, "manifest") { throw error }
            throw .badRelease(url: place, reason: "is no JSON object with \"url\" and \"sha256\"")
        }
        guard let digest = Digest(published: read.sha256), digest.algorithm == .sha256 else {
            throw .badRelease(url: place, reason: "its \"sha256\" is none")
        }
        if let text = read.expires {
            guard let expires = Timestamp(rfc3339: text) else {
                throw .badRelease(url: place, reason: "its \"expires\" is none, such as 2027-03-01T12:00:00Z")
            }
            // Who keeps the newer one from this host shows it an old one for ever.
            guard now < expires else {
                throw .badRelease(
                    url: place,
                    reason: "its time was over on \(expires.rfc3339), and this host's clock says \(now.rfc3339)")
            }
        }
        if let os = read.os, os.lowercased() != "linux" {
            throw .otherMachine(place, "\(os), this machine runs Linux")
        }
        if let arch = read.arch, !Self.names(of: architecture).contains(arch.lowercased()) {
            throw .otherMachine(place, "\(arch), this machine is \(architecture)")
        }
        if let version = read.version, !PlainName.isValid(version) {
            throw .badRelease(url: place, reason: "its version is no plain name")
        }
        if let size = read.size_bytes, size <= 0 { throw .badRelease(url: place, reason: "its \"size_bytes\" is none") }
        do throws(TransferError) {
            return Release(
                url: try manifest.resolving(read.url), digest: digest, size: read.size_bytes, version: read.version)
        } catch {
            throw .transfer(error)
        }
    }

    /// What a processor is called by those who publish for it.
    private static func names(of architecture: String) -> Set<String> {
        switch architecture {
        case "x86_64": ["x86_64", "amd64", "x64", "any"]
        case "aarch64": ["aarch64", "arm64", "any"]
        default: [architecture, "any"]
        }
    }
}
