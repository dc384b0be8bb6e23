import Transfer

/// The lists of digests that were asked for, each fetched once in a run, whoever asks first.
///
/// What could not be fetched is not asked for again either: a run that is cut off waits for its server once.
actor PublishedChecksums {
    private let downloader: Downloader
    private var lists: [SourceURL: Task<Result<ChecksumText, TransferError>, Never>] = [:]

    init(_ downloader: Downloader) { self.downloader = downloader }

    /// The list at an address; the second asker waits for the first one's answer.
    func list(_ url: SourceURL, _ access: Access) async throws(TransferError) -> ChecksumText {
        while true {
            let task = lists[url] ?? fetch(url, access)
            lists[url] = task
            let result = await withTaskCancellationHandler {
                await task.value
            } onCancel: {
                task.cancel()
            }
            if case .failure(.cancelled) = result {
                if lists[url] == task { lists[url] = nil }
                // It was the other asker who was stopped.
                if !Task.isCancelled { continue }
            }
            return try result.get()
        }
    }

    private func fetch(_ url: SourceURL, _ access: Access) -> Task<Result<ChecksumText, TransferError>, Never> {
        let downloader = downloader
        return Task {
            do throws(TransferError) {
                return .success(ChecksumText(try await downloader.text(url, access: access)))
            } catch {
                return .failure(error)
            }
        }
    }
}
