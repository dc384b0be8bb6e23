import Platform

/// A redirect that is not followed.
struct RefusedRedirect: Error, Equatable {  // not told: TransferError has its words.
    /// Where it leads, without query.
    let to: String
    let reason: String

    /// Only `https:` is followed, for plain http could be changed on its way; what is plain on this host may stay so.
    ///
    /// Files are nobody's to name.
    static func check(_ location: String, from source: SourceURL) throws(RefusedRedirect) -> SourceURL {
        let url: SourceURL
        do throws(TransferError) { url = try SourceURL(probing: location) } catch {
            throw RefusedRedirect(to: error.explanation.place ?? "?", reason: error.explanation.problem)
        }
        if url.scheme == "https" { return url }
        guard url.scheme == "http" else { throw RefusedRedirect(to: "\(url)", reason: "only https: is followed") }
        guard source.scheme == "http" else {
            throw RefusedRedirect(to: "\(url)", reason: "it leads away from https:")
        }
        guard SourceURL.isLoopback(source.host), SourceURL.isLoopback(url.host) else {
            throw RefusedRedirect(to: "\(url)", reason: "it leads to plain http on another machine")
        }
        return url
    }
}
