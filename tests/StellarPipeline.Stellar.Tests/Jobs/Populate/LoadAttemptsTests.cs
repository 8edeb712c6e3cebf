using Npgsql;
using StellarPipeline.Dataflow;
using StellarPipeline.Postgres;
using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

public sealed class LoadAttemptsTests
{
    private static readonly DatabaseException Broken =
        new("The connection failed.", new NpgsqlException("Exception while reading from stream", new EndOfStreamException()));
    private static readonly DatabaseException Refused = new("A row was refused.", new PostgresException("text", "ERROR", "ERROR", "23505"));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task RunAsync_TransientFailuresBeforeTheEnd_AreTriedAgainWithGrowingWaits(int goodAttempt)
    {
        var time = new InstantTime();
        using var log = new LineLogger();
        int result = await new LoadAttempts(null, log, time).RunAsync(
            (number, _) => number < goodAttempt ? throw Broken : Task.FromResult(number), CancellationToken.None);
        Assert.Equal(goodAttempt, result);
        Assert.Equal(goodAttempt - 1, time.Waits.Count);
        for (int index = 0; index < time.Waits.Count; index++)
            Assert.InRange(time.Waits[index], TimeSpan.FromSeconds(0.5 * (1 << index)), TimeSpan.FromSeconds(1 << index));
        Assert.Equal(
            goodAttempt - 1,
            log.Lines.Count(
                line => line.StartsWith("Warning: ", StringComparison.Ordinal)
                    && line.Contains("of 3 failed; the whole load starts again", StringComparison.Ordinal)));
        Assert.All(log.Lines.Where(line => line.StartsWith("Warning", StringComparison.Ordinal)),
            line => Assert.Contains(Broken.Message, line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RunAsync_TransientFailureEveryTime_ThrowsTheLastOneAfterTheAgreedAttempts()
    {
        int calls = 0;
        using var log = new LineLogger();
        var attempts = new LoadAttempts(new LoadAttemptOptions { Attempts = 4 }, log, new InstantTime());
        DatabaseException error =
            await Assert.ThrowsAsync<DatabaseException>(
                () => attempts.RunAsync<int>(
                    (_, _) => throw (++calls == 4 ? new DatabaseException("The last one.", Broken) : Broken), CancellationToken.None));
        Assert.Equal(4, calls);
        Assert.Equal("The last one.", error.Message);
        Assert.Contains("Warning: Attempt 4 of 4 failed too. There are no more attempts.", log.Lines);
    }

    [Fact]
    public async Task RunAsync_FailureThatComesBack_EndsAtOnce()
    {
        int calls = 0;
        using var log = new LineLogger();
        await Assert.ThrowsAsync<DatabaseException>(() =>
            new LoadAttempts(null, log, new InstantTime()).RunAsync<int>((_, _) => { calls++; throw Refused; }, CancellationToken.None));
        Assert.Equal(1, calls);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task RunAsync_FurtherKindGiven_IsTriedAgainToo()
    {
        using var log = new LineLogger();
        var options = new LoadAttemptOptions { RetriesToo = error => ReferenceEquals(error, Refused) };
        Assert.Equal(2, await new LoadAttempts(options, log, new InstantTime()).RunAsync(
            (number, _) => number == 1 ? throw Refused : Task.FromResult(number), CancellationToken.None));
    }

    [Fact]
    public async Task RunAsync_BugOfOurs_IsNotTriedAgain()
    {
        int calls = 0;
        using var log = new LineLogger();
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => new LoadAttempts(null, log, new InstantTime()).RunAsync<int>(
                (_, _) => { calls++; throw new InvalidOperationException("text"); }, CancellationToken.None));
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task RunAsync_CancelledDuringAnAttemptOrAWait_EndsAtOnce()
    {
        using var log = new LineLogger();
        using var during = new CancellationTokenSource();
        int calls = 0;
        await Assert.ThrowsAsync<DatabaseException>(
            () => new LoadAttempts(null, log, new InstantTime()).RunAsync<int>(
                (_, _) => { calls++; during.Cancel(); throw Broken; }, during.Token));
        Assert.Equal(1, calls);

        using var waiting = new CancellationTokenSource();
        var attempts = new LoadAttempts(new LoadAttemptOptions { FirstDelay = TimeSpan.FromHours(1), LongestDelay = TimeSpan.FromHours(1) },
            log, new InstantTime { OnWait = waiting.Cancel });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => attempts.RunAsync<int>((_, _) => { calls++; throw Broken; }, waiting.Token).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(2, calls);
    }

    [Fact]
    public void Validate_ValuesOutOfRange_ReportsAllOfThem()
    {
        var wrong = new LoadAttemptOptions { Attempts = 0, FirstDelay = TimeSpan.FromHours(3), LongestDelay = TimeSpan.FromHours(2) };
        PopulateException error = Assert.Throws<PopulateException>(wrong.Validate);
        Assert.StartsWith("3 problem(s)", error.Message, StringComparison.Ordinal);
        Assert.Equal(FailureKind.Usage, error.Kind);
    }

    /// <summary>A clock on which every wait is over at once, and which keeps how long each was to be.</summary>
    private sealed class InstantTime : TimeProvider
    {
        public List<TimeSpan> Waits { get; } = [];

        public Action? OnWait { get; init; }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Waits.Add(dueTime);
            if (OnWait is null) return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            OnWait();
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
