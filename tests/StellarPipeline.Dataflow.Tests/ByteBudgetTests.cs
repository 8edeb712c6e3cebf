namespace StellarPipeline.Dataflow.Tests;

public sealed class ByteBudgetTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task AcquireAsync_WithinLimit_EndsAtOnce()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(4, default);
        Assert.True(budget.AcquireAsync(6, default).IsCompletedSuccessfully);
        Assert.Equal(10, budget.LentBytes);
    }

    [Fact]
    public async Task AcquireAsync_OverLimit_WaitsUntilEnoughIsGivenBack()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(8, default);
        Task waiting = budget.AcquireAsync(5, default).AsTask();
        budget.Release(2);
        Assert.False(waiting.IsCompleted);
        budget.Release(1);
        await waiting.WaitAsync(Deadline);
        Assert.Equal(10, budget.LentBytes);
    }

    [Fact]
    public async Task AcquireAsync_SmallRequestBehindLargeOne_DoesNotOvertake()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(6, default);
        Task large = budget.AcquireAsync(9, default).AsTask();
        Task small = budget.AcquireAsync(1, default).AsTask();
        Assert.False(small.IsCompleted);
        budget.Release(6);
        await Task.WhenAll(large, small).WaitAsync(Deadline);
        Assert.Equal(10, budget.LentBytes);
    }

    [Fact]
    public async Task AcquireAsync_LargerThanLimit_IsGrantedAlone()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(25, default);
        Task next = budget.AcquireAsync(1, default).AsTask();
        Assert.False(next.IsCompleted);
        budget.Release(25);
        await next.WaitAsync(Deadline);
        Assert.Equal(25, budget.PeakBytes);
    }

    [Fact]
    public async Task AcquireAsync_CancelledWhileWaiting_LendsNothingAndLetsTheNextThrough()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(10, default);
        using var cancellation = new CancellationTokenSource();
        Task cancelled = budget.AcquireAsync(5, cancellation.Token).AsTask();
        Task next = budget.AcquireAsync(10, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        budget.Release(10);
        await next.WaitAsync(Deadline);
        Assert.Equal(10, budget.LentBytes);
    }

    [Fact]
    public async Task AcquireAsync_HeadOfTheQueueIsCancelled_LetsThoseBehindItThroughThatFit()
    {
        var budget = new ByteBudget(100);
        await budget.AcquireAsync(50, default);
        using var cancellation = new CancellationTokenSource();
        Task head = budget.AcquireAsync(80, cancellation.Token).AsTask();
        Task fits = budget.AcquireAsync(20, default).AsTask();
        Task fitsNot = budget.AcquireAsync(40, default).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        await fits.WaitAsync(Deadline);
        Assert.False(fitsNot.IsCompleted);
        Assert.Equal(70, budget.LentBytes);
    }

    [Fact]
    public async Task Overdraw_OverLimit_DoesNotWaitAndMakesOthersWait()
    {
        var budget = new ByteBudget(10);
        await budget.AcquireAsync(8, default);
        budget.Overdraw(7);
        Task waiting = budget.AcquireAsync(1, default).AsTask();
        budget.Release(5);
        Assert.False(waiting.IsCompleted);
        budget.Release(1);
        await waiting.WaitAsync(Deadline);
        Assert.Equal(10, budget.LentBytes);
    }

    [Fact]
    public void Release_MoreThanLent_Throws()
    {
        var budget = new ByteBudget(10);
        Assert.Throws<InvalidOperationException>(() => budget.Release(1));
    }

    [Fact]
    public async Task AcquireAndRelease_ManyConcurrentUsers_NeverExceedsLimitAndEndsAtZero()
    {
        var budget = new ByteBudget(1000);
        await Task.WhenAll(Enumerable.Range(0, 32).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 500; i++)
            {
                int bytes = random.Next(1, 600);
                await budget.AcquireAsync(bytes, default);
                Assert.True(budget.LentBytes <= 1000);
                await Task.Yield();
                budget.Release(bytes);
            }
        }))).WaitAsync(Deadline);
        Assert.Equal(0, budget.LentBytes);
        Assert.InRange(budget.PeakBytes, 600, 1000);
    }
}
