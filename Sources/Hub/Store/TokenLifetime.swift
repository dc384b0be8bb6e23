/// How long a token is valid.
public struct TokenLifetime: Sendable, Equatable {
    let milliseconds: Int64

    /// Takes a number of hours or days, as in `12h` or `90d`: an hour at least, ten years at most.
    public init(_ text: String) throws(HubError) {
        let units: [Character: Int64] = ["h": 1, "d": 24]
        guard let unit = text.last.flatMap({ units[$0] }), text.dropLast().allSatisfy({ $0.isASCII && $0.isNumber }),
            let number = Int64(text.dropLast()), number >= 1, number <= 10 * 365 * 24 / unit
        else { throw .badLifetime(text) }
        milliseconds = number * unit * 3_600_000
    }

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init(hours: Int64) { milliseconds = hours * 3_600_000 }

    var inWords: String {
        let hours = milliseconds / 3_600_000
        return hours == 1 ? "an hour" : hours % 24 == 0 ? "\(hours / 24) days" : "\(hours) hours"
    }
}
