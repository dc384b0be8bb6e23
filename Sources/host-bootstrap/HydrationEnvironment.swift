import Digests
import Platform
import Transfer

/// A folder as programs name it that look for an index when they start: variables with a prefix of their own.
///
/// With the prefix `PYCONTEXTIFY` they are those of PyContextify, and so are the defaults.
struct HydrationEnvironment {
    private let prefix: String

    /// `PREFIX` and `PREFIX_` are the same.
    init(prefix: String) throws(UsageError) {
        let name = prefix.hasSuffix("_") ? String(prefix.dropLast()) : prefix
        guard let first = name.utf8.first, !(0x30...0x39).contains(first), name.isAlphanumeric(or: "_") else {
            throw .badValue(
                "--environment", prefix, expected: "what the variables' names begin with, such as PYCONTEXTIFY")
        }
        self.prefix = name
    }

    /// The folder, or nil when no archive is named: the program starts with what it has.
    func job(_ options: CommandLineOptions) throws(UsageError) -> HydrationJob? {
        let archive = "\(prefix)_INDEX_BOOTSTRAP_ARCHIVE_URL"
        guard let url = value(archive) else {
            Output.diagnose("\(archive) is not set: nothing is fetched")
            return nil
        }
        let name = "\(prefix)_INDEX_BOOTSTRAP_SHA256"
        var digest = try options.digest()
        if digest == nil, let hex = value(name) {
            digest = Digest(published: hex)
            if digest == nil { throw .badDigest(hex, of: name) }
        }
        // The digest itself says more than where one is published.
        let published = digest == nil ? value("\(prefix)_INDEX_BOOTSTRAP_CHECKSUM_URL") : nil
        let index = value("\(prefix)_INDEX_NAME") ?? "semantic_index"
        return try HydrationRequest.job(
            try options.address(url), into: options.last("--into") ?? value("\(prefix)_INDEX_DIR") ?? "index_data",
            options.last("--files") ?? "\(index).faiss,\(index).pkl", digest,
            published: try (options.last("--checksum-url") ?? published).map { (text) throws(UsageError) in
                try options.address(text)
            }, options)
    }

    /// A variable's value; an empty one counts as not set, as Compose files and charts leave them.
    private func value(_ name: String) -> String? {
        ProcessStart.environment(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}
