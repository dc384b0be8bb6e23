internal import HostConfig
internal import JSON
internal import Platform

/// New configs that go to the hosts of a group wave by wave, as far as it is known without the hosts.
struct Rollout: Sendable, Equatable {
    /// Where it stands.
    enum Status: String, Sendable, CaseIterable {
        case running, paused
        /// More hosts failed than may.
        case halted
        case done
        /// Hosts that had it were given back what they had.
        case aborted

        /// It may still give something to somebody.
        var isOpen: Bool { self == .running || self == .paused || self == .halted }
    }

    /// What was asked for.
    struct Plan: Sendable, Equatable {
        /// What hosts are given, in words.
        let change: String
        let group: String
        /// How many hosts have it once each wave has begun.
        let waves: [Int]
        /// How long all of a wave must be well before the next one begins.
        let soak: TimeSpan
        /// How long a host has until it counts as failed.
        let within: TimeSpan
        let mostFailed: Int
        /// When waves begin, in words; nil: at any time.
        let window: String?
    }

    let id: Int64
    let plan: Plan
    let startedAt: Timestamp
    let startedBy: String
    var status: Status
    /// Why it is halted or aborted; empty otherwise.
    var reason: String
    /// How many waves have begun.
    var wavesBegun: Int
    /// Since when all hosts that have it are well, but for those that may fail; nil: they are not.
    var wellSince: Timestamp?
    var endedAt: Timestamp?
    /// Grows by one with each change: of two hubs that saw the same, one moves it.
    let revision: Int64

    /// How many hosts have been given it.
    var given: Int { wavesBegun == 0 ? 0 : plan.waves[min(wavesBegun, plan.waves.count) - 1] }
    /// How many it is for.
    var hosts: Int { plan.waves.last ?? 0 }
}

/// One host of a roll-out.
struct RolloutHost: Sendable, Equatable {
    let name: String
    /// From 0; the first ones are in the first wave.
    let position: Int
    let oldDigest: String, newDigest: String
    /// When its wave began; nil until then.
    let givenAt: Timestamp?
    /// It was seen to be in sync with it.
    let wasWell: Bool
    /// It failed, and the roll-out was resumed all the same.
    let isForgiven: Bool
    /// How it stood when the roll-out was done; nil before that.
    let last: RolloutOutcome?
}
