/// What a file is called in Content-Type, by the end of its name.
enum MediaType {
    private static let byEnding = [
        ".json": "application/json", ".tar": "application/x-tar", ".gz": "application/gzip", ".tgz": "application/gzip",
        ".xz": "application/x-xz", ".txz": "application/x-xz", ".zst": "application/zstd",
        ".bz2": "application/x-bzip2", ".zip": "application/zip", ".sha256": "text/plain; charset=utf-8",
        ".txt": "text/plain; charset=utf-8", ".sh": "text/x-shellscript; charset=utf-8",
    ]

    static func of(_ name: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "application/octet-stream" }
        return byEnding[name[dot...].lowercased()] ?? "application/octet-stream"
    }
}
