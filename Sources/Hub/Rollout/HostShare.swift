internal import Platform

/// So many hosts of a group: a number, or per cent of it.
struct HostShare: Sendable, Equatable {
    private let number: Int
    private let isPercentage: Bool

    /// Takes `5` or `10%`.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        isPercentage = text.hasLastBytes("%")
        let digits = isPercentage ? String(Substring(text.utf8.dropLast())) : text
        guard digits.isDecimal, let number = Int(digits), number <= (isPercentage ? 100 : 1_000_000) else { return nil }
        self.number = number
    }

    /// Rounded up: 10 per cent of three hosts is one.
    func hosts(of count: Int) -> Int { isPercentage ? (number * count + 99) / 100 : min(number, count) }
}

/// By how many hosts a roll-out has got ahead at the end of each wave.
public struct RolloutWaves: Sendable, Equatable {
    let text: String
    private let shares: [HostShare]

    /// Takes numbers of hosts or percentages of the group with commas between, each with all that went before in it, as in `1,10%,50%,100%`.
    public init(_ text: String) throws(HubError) {
        let shares = text.parts(at: ",").map { HostShare($0) }
        guard (1...100).contains(shares.count), shares.allSatisfy({ $0 != nil }) else {
            throw .rollout(.badWaves(text))
        }
        (self.text, self.shares) = (text, shares.compactMap(\.self))
    }

    /// For a group of so many hosts, each larger than the one before; nil when the last is not the whole group.
    func sizes(of count: Int) -> [Int]? {
        var sizes: [Int] = []
        for share in shares {
            let hosts = share.hosts(of: count)
            if hosts > sizes.last ?? 0 { sizes.append(hosts) }
        }
        return sizes.last == count ? sizes : nil
    }
}

/// How many hosts may fail before a roll-out stops.
public struct FailureBound: Sendable, Equatable {
    private let share: HostShare

    /// Takes a number of hosts, or per cent of the group.
    public init(_ text: String) throws(HubError) {
        guard let share = HostShare(text) else { throw .rollout(.badBound(text)) }
        self.share = share
    }

    func hosts(of count: Int) -> Int { share.hosts(of: count) }
}
