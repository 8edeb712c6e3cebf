using Microsoft.Extensions.Logging;
using StellarPipeline.Archive.Tests.Transport.Http;
using StellarPipeline.Archive.Transport;
using StellarPipeline.Archive.Transport.Http;
using StellarPipeline.Archive.Transport.Mirrors;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Transport.Mirrors;

/// <summary>How long mirrors that failed are left alone, and how long a search waits for them.</summary>
public sealed class MirrorWaitTests : MirrorTest
{
    [Fact]
    public async Task Open_EveryMirrorFails_FailsAfterAllRounds()
    {
        First.Always = Second.Always = Faults.Status(503);
        using MirrorTransport transport = Mirrors(First, Second);

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Equal(ArchiveErrorCode.ReadFailed, error.Code);
        Assert.Equal(FailureKind.Archive, error.Kind);
        Assert.Contains(
            $"{TestFiles.Path} could not be read from any of 2 archives, after 5 rounds: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(First.Url, error.Message, StringComparison.Ordinal);
        Assert.Contains(Second.Url, error.Message, StringComparison.Ordinal);
        Assert.InRange(First.Requests.Count, 3, 5);
        AssertGrowing(Clock.Delays);
    }

    [Fact]
    public async Task Read_MirrorBreaksOff_LogsSentencesAndHowOftenThisMirrorIsTried()
    {
        First.Script(TestFiles.Path, Faults.CutAt(1000), Faults.CutAt(1000));
        var log = new LogLines();
        HttpTransportOptions options = TestFiles.Options with { MaxAttempts = 10, IsOneOfSeveral = true, Logger = log };
        using var transport = new MirrorTransport(
            [TestFiles.Transport(First.Url, Clock, options), TestFiles.Transport(Second.Url, Clock, options)],
            new MirrorTransportOptions { MaxRounds = 5, Logger = log }, Clock, new Random(1));

        Assert.Equal(Content, await transport.ReadAsync());

        Assert.Matches(@"at byte \d+: attempt 1 of 2 failed; the next one is in 0\.0 s\. The [a-z].*\.$", log.Lines[0]);
        Assert.All(log.Lines, line => Assert.EndsWith(".", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_MirrorAsksForAWait_IsLeftAloneAsLong()
    {
        First.Script(TestFiles.Path, Faults.Status(429, "60"));
        using MirrorTransport transport = Mirrors(First, Second);

        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Empty(Clock.Delays);
        Assert.Single(First.Requests);

        Second.Script(TestFiles.Path, Faults.Status(503, "5"));
        Assert.Equal(Content, await transport.ReadAsync());
        Assert.Equal(5, Assert.Single(Clock.Delays).TotalSeconds, precision: 3);
        Assert.Equal(4, Second.Requests.Count);
    }

    [Fact]
    public async Task Open_FileThatFailsWhileOthersAreGiven_WaitsLongerAfterEachRound()
    {
        First.Files["small"] = Content[..1000];
        using MirrorTransport transport = Mirrors(First);
        int given = 0;
        First.Always = async exchange =>
        {
            if (exchange.Request.Path == "small")
            {
                await exchange.ServeAsync();
                return;
            }

            // Since the last failure the mirror has given something: it rests no more.
            given += (await transport.ReadAsync("small")).Length;
            await exchange.StatusAsync(503);
        };

        ArchiveException error = await transport.ReadErrorAsync();

        Assert.Contains("after 5 rounds", error.Message, StringComparison.Ordinal);
        Assert.Equal(5 * 1000, given);
        AssertGrowing(Clock.Delays);
    }

    [Fact]
    public async Task Open_MirrorAsksForAWaitAndGivesOthersMeanwhile_IsLeftAloneAsLong()
    {
        using MirrorTransport transport = Mirrors(First, Second);
        First.Script(TestFiles.Path, Faults.Status(503, "60"));
        Second.Script(TestFiles.Path, exchange =>
        {
            transport.Mirrors[0].Succeed(transport.Mirrors[0].Failures);
            return exchange.StatusAsync(503, "30");
        });

        Assert.Equal(Content, await transport.ReadAsync());

        Assert.Equal(30, Assert.Single(Clock.Delays).TotalSeconds, precision: 3);
        Assert.Single(First.Requests);
        Assert.Equal(2, Second.Requests.Count);
    }

    [Fact]
    public async Task Read_StreamThatBeganBeforeAFailure_DoesNotEndTheRestAfterIt()
    {
        using MirrorTransport transport = Mirrors(First);
        await using ArchiveObject? before = await transport.OpenAsync(TestFiles.Path, 0, Deadline.Token);
        await before!.Content.ReadExactlyAsync(new byte[1000], Deadline.Token);
        First.Script("other", Faults.Status(401));
        await transport.ReadErrorAsync("other");

        await before.Content.ReadToEndAsync();

        Assert.True(Assert.Single(transport.Status).IsResting);
    }

    private static void AssertGrowing(IReadOnlyList<TimeSpan> delays)
    {
        double[] most = [0.5, 1, 2, 4];
        Assert.Equal(most.Length, delays.Count);
        Assert.All(delays, (wait, i) => Assert.InRange(wait.TotalSeconds, most[i] / 2, most[i]));
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Lines.Add(formatter(state, exception));
        }
    }
}
