internal import Synchronization

/// How many bytes the uploads that are under way may come to together, so that they do not fill the disk.
final class UploadQuota: Sendable {
    private let most: Int
    private let taken = Mutex(0)

    init(_ most: Int) { self.most = most }

    /// Takes room for one more, until ``free(_:)``; false when the others leave none.
    func take(_ bytes: Int) -> Bool {
        taken.withLock { taken in
            guard taken == 0 || bytes <= most - taken else { return false }
            taken += bytes
            return true
        }
    }

    func free(_ bytes: Int) { taken.withLock { $0 -= bytes } }
}
