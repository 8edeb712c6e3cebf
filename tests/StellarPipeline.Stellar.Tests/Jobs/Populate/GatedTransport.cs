using StellarPipeline.Archive.Transport;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

/// <summary>An archive far away whose buckets do not come before a gate is opened.</summary>
internal sealed class GatedTransport(IArchiveTransport archive) : IArchiveTransport, IArchiveFileSizes
{
    private readonly TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Location => archive.Location;

    /// <summary>Ends when the first bucket is asked for.</summary>
    public Task Asked => asked.Task;

    public void Open() => gate.TrySetResult();

    public async ValueTask<ArchiveFileSize> FindSizeAsync(string path, CancellationToken cancellationToken)
    {
        await using ArchiveObject? file = await archive.OpenAsync(path, 0, cancellationToken);
        return new ArchiveFileSize(file is not null, file?.LengthBytes);
    }

    public async ValueTask<ArchiveObject?> OpenAsync(string path, long offset, CancellationToken cancellationToken)
    {
        if (path.StartsWith("bucket/", StringComparison.Ordinal))
        {
            asked.TrySetResult();
            await gate.Task.WaitAsync(cancellationToken);
        }

        return await archive.OpenAsync(path, offset, cancellationToken);
    }
}
