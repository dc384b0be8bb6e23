import Platform

/// A redirect that is not followed.
struct RefusedRedirect: Error, Equatable {
    /// Where it leads, without query.
    let to: String
    let reason: String

    /// Only `https:` is followed: plain http could be changed on its way, even to loopback; files are nobody's to name.
    static func check(_ location: String) throws(RefusedRedirect) -> SourceURL {
        let url: SourceURL
        do throws(TransferError) { url = try SourceURL(probing: location) } catch {
            throw RefusedRedirect(to: error.explanation.place ?? "?", reason: error.explanation.problem)
        }
        guard url.scheme == "https" else { throw RefusedRedirect(to: "\(url)", reason: "it leads away from https:") }
        return url
    }
}
