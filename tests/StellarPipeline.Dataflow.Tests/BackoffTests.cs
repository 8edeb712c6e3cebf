using StellarPipeline.TestSupport;

namespace StellarPipeline.Dataflow.Tests;

public sealed class BackoffTests
{
    [Fact]
    public void After_FailuresInARow_DoublesUpToTheLongest()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), jitter: 0);

        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(1, 7).Select(failures => backoff.After(failures).TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(30), backoff.After(int.MaxValue));
    }

    [Theory]
    [InlineData(0.0, 0.5)]
    [InlineData(0.5, 0.75)]
    [InlineData(0.999999, 1)]
    public void After_Jitter_IsSpreadOverTheUpperHalf(double random, double share)
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), random: new Always(random));

        Assert.Equal(4 * share, backoff.After(3).TotalSeconds, 4);
        Assert.Equal(30 * share, backoff.After(60).TotalSeconds, 4);
        Assert.True(backoff.After(60) <= TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    public void After_NothingFailed_IsNoWait(int failures) =>
        Assert.Equal(TimeSpan.Zero, new Backoff(TimeSpan.FromDays(1), TimeSpan.FromDays(2)).After(failures));

    [Fact]
    public void After_LongestValues_IsNeverMoreThanATimerCanDo()
    {
        var backoff = new Backoff(TimeSpan.MaxValue, TimeSpan.MaxValue, jitter: 0);

        Assert.Equal(Backoff.LongestPossible, backoff.After(int.MaxValue));
        Assert.Equal(Backoff.LongestPossible, backoff.After(1, TimeSpan.MaxValue));
        Assert.Equal(Backoff.LongestPossible, Backoff.Steady(TimeSpan.Zero).After(1, TimeSpan.MaxValue));
        Assert.False(backoff.WaitAsync(int.MaxValue, new CancellationToken(canceled: false)).IsFaulted);
        Assert.False(backoff.WaitAsync(TimeSpan.MaxValue).IsFaulted);
    }

    [Fact]
    public void After_FirstAboveTheLongest_IsTheLongest() =>
        Assert.Equal(TimeSpan.FromSeconds(2), new Backoff(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2), jitter: 0).After(1));

    [Fact]
    public void After_AtLeast_IsTheLongerOfBoth()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8), jitter: 0);

        Assert.Equal(TimeSpan.FromSeconds(20), backoff.After(1, TimeSpan.FromSeconds(20)));
        Assert.Equal(TimeSpan.FromSeconds(8), backoff.After(9, TimeSpan.FromSeconds(3)));
        Assert.Equal(TimeSpan.FromSeconds(1), backoff.After(1, TimeSpan.FromSeconds(-5)));
    }

    [Fact]
    public void Constructor_ImpossibleValues_AreRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(TimeSpan.FromTicks(-1), TimeSpan.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(TimeSpan.Zero, TimeSpan.FromTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(TimeSpan.Zero, TimeSpan.Zero, jitter: 1.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Backoff(TimeSpan.Zero, TimeSpan.Zero, jitter: double.NaN));
    }

    [Fact]
    public async Task WaitAsync_TheClock_IsTheOneGiven()
    {
        var time = new ManualTime();
        Task wait = new Backoff(TimeSpan.FromHours(1), TimeSpan.FromHours(2), jitter: 0, time).WaitAsync(2);
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(wait.IsCompleted);

        time.Advance(TimeSpan.FromHours(1));

        await wait.WaitAsync(TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task WaitAsync_Cancelled_EndsAtOnceAlsoWithNothingToWaitFor()
    {
        using var stop = new CancellationTokenSource();
        Task wait = Backoff.Steady(TimeSpan.FromHours(1), new ManualTime()).WaitAsync(1, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Backoff.Steady(TimeSpan.Zero).WaitAsync(1, stop.Token));
    }

    private sealed class Always(double value) : Random
    {
        public override double NextDouble() => value;
    }
}
