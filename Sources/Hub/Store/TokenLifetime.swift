/// How long a token is valid.
public struct TokenLifetime: Sendable, Equatable {
    let milliseconds: Int64

    /// Takes a number of hours or days, as in `12h` or `90d`: an hour at least, ten years at most.
    public init(_ text: String) throws(HubError) {
        guard let span = TimeSpan(text, in: "hd", days: 10 * 365), span.milliseconds > 0 else {
            throw .badLifetime(text)
        }
        milliseconds = span.milliseconds
    }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init(hours: Int64) { milliseconds = hours * 3_600_000 }

    var inWords: String {
        let hours = milliseconds / 3_600_000
        return hours == 1 ? "an hour" : hours % 24 == 0 ? "\(hours / 24) days" : "\(hours) hours"
    }
}
