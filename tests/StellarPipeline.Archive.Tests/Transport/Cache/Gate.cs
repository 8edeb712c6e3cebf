namespace StellarPipeline.Archive.Tests.Transport.Cache;

/// <summary>Holds an archive at a place of its files until the test lets it go on.</summary>
internal sealed class Gate
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Gate(FakeArchive archive, long position) => archive.BeforeRead = (_, place) =>
    {
        if (place < position)
            return Task.CompletedTask;
        reached.TrySetResult();
        return opened.Task;
    };

    /// <summary>Ends when a reader waits at the gate.</summary>
    public Task Reached => reached.Task.WaitAsync(Http.Deadline.Token);

    public void Open() => opened.TrySetResult();
}
