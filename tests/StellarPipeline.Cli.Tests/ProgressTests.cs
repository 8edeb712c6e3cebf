using System.Text.Json;
using Serilog.Events;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Dataflow;
using StellarPipeline.Stellar.Jobs.Backfill;
using StellarPipeline.Stellar.Progress;

namespace StellarPipeline.Cli.Tests;

/// <summary>What a person sees of a job: on wide and narrow terminals, and as lines.</summary>
public sealed class ProgressTests
{
    [Theory]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void Render_AnyWidth_NoLineIsBrokenByTheTerminal(int columns)
    {
        IReadOnlyList<MarkupLine> lines =
            LiveFrame.Render(Loading(), "copy was busy for 93 % of the last seconds: the server's COPY bounds the load.", columns, 30);
        Assert.All(lines, line => Assert.InRange(line.Width, 1, columns - 1));
        string text = string.Join('\n', lines.Select(line => line.Text));
        Assert.Contains("25.0 %", text, StringComparison.Ordinal);
        Assert.Contains("copy", text, StringComparison.Ordinal);
        Assert.Contains("3/5", text, StringComparison.Ordinal);
        Assert.Contains("bounds the load", text.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1000, 1000)]
    [InlineData(500, 1000, 1000)]
    [InlineData(500, 9000, 4000)]
    [InlineData(2000, 1000, 2000)]
    public void Report_BackfillOfOneBatch_TellsHowMuchWasReadAndTheTimeThatIsLeft(long committed, long read, long done)
    {
        (long Done, bool HasLeft) seen = default;
        using var display = ProgressDisplay.Start(
            ProgressMode.None, quiet: true, (rates, _) => seen = (rates.Now.Done, rates.Left is not null));

        display.Report(new BackfillProgress(committed, read, 4000, 0, TimeSpan.FromSeconds(10)));

        Assert.Equal((done, true), seen);
    }

    [Fact]
    public void Render_FewRows_KeepsTheSentence()
    {
        IReadOnlyList<MarkupLine> lines = LiveFrame.Render(Loading(), "The sentence.", 80, 5);
        Assert.InRange(lines.Count, 2, 4);
        Assert.Equal("The sentence.", lines[^1].Text);
    }

    [Fact]
    public void Add_TwoLooks_MeasuresRatesSharesAndTheTimeThatIsLeft()
    {
        ProgressRates rates = Loading();
        Assert.Equal(250_000, rates.RowsPerSecond, 1.0);
        Assert.Equal(TimeSpan.FromSeconds(12), rates.Left);
        StageShare copy = rates.Stages.Single(stage => stage.Name == "copy");
        Assert.Equal((0.9, 0.1, true), (Math.Round(copy.Busy, 3), Math.Round(copy.Input, 3), copy.IsOutside));
        Assert.Equal(0.6, rates.Stages.Single(stage => stage.Name == "decode").Fill, 3);
        Assert.Contains(
            "the server's COPY bounds the load", BoundSentence.Of(rates, [], DateTimeOffset.UnixEpoch), StringComparison.Ordinal);
        Assert.Equal(
            "populate load, 00:00:04 elapsed, 25.0 % (1.00 GiB of 4.00 GiB), 00:00:12 left of this phase, 1,000,000 rows (250,000/s now, "
                + "250,000/s overall).",
            ProgressText.Line(rates, ""));
    }

    [Fact]
    public void Of_RetryWithoutBytesSince_SaysThatTheArchiveIsWaitedFor()
    {
        var rates = new ProgressRates();
        rates.Add(new JobProgress { Job = "populate", Phase = "fetch", Elapsed = TimeSpan.FromSeconds(3) });
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddHours(1);
        LoggedEvent retry =
            new(now.AddSeconds(-12), LogEventLevel.Warning, 3000, "HistoryArchive", "one.example did not answer: attempt 3 of 10 failed.");
        Assert.Equal("Waiting for the archive for 12 s: one.example did not answer: attempt 3 of 10 failed.",
            BoundSentence.Of(rates, [retry], now));
        Assert.StartsWith("The archive bounds the load", BoundSentence.Of(rates, [retry with { Time = now.AddMinutes(-2) }], now),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SeveralRoundsWithoutAByte_TellsTheTimeSinceTheLastByte()
    {
        ProgressRates rates = Fetching((0, 0), (1, 10 << 20), (41, 10 << 20), (46, 10 << 20));
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddHours(1);
        LoggedEvent round = new(now.AddSeconds(-3), LogEventLevel.Warning, 3003, "MirrorTransport", "Round 3 of 10 failed.");

        Assert.Equal("Waiting for the archive for 45 s: Round 3 of 10 failed.", BoundSentence.Of(rates, [round], now));

        // The pause before the next round may be longer than events are fresh.
        Assert.Equal("Waiting for the archive for 45 s: Round 3 of 10 failed.",
            BoundSentence.Of(rates, [round with { Time = now.AddSeconds(-40) }], now));
    }

    [Fact]
    public void Of_RetryBeforeTheLastBucketArrived_IsNotWaitedForAnyMore()
    {
        ProgressRates rates = Fetching((0, 0), (1, 10 << 20));
        var whole = new DownloadProgress("https://one.example", 40 << 20, 40 << 20, 40 << 20, 4, 4, 0);
        rates.Add(Fetch(2, 40 << 20) with { Phase = "load", Download = whole });
        rates.Add(Fetch(3, 40 << 20) with { Phase = "load", Download = whole });
        DateTimeOffset now = DateTimeOffset.UnixEpoch.AddHours(1);
        LoggedEvent retry = new(now.AddSeconds(-3), LogEventLevel.Warning, 3000, "HistoryArchive", "Attempt 3 of 10 failed.");

        Assert.DoesNotContain("Waiting", BoundSentence.Of(rates, [retry], now), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, "The archive bounds")]
    [InlineData(4, "Reading the cache bounds")]
    public void Of_MergeThatWaitsForBuckets_BlamesTheArchiveOnlyWhileBucketsAreMissing(int done, string sentence)
    {
        var rates = new ProgressRates();
        foreach (double seconds in new[] { 1.0, 5.0 })
        {
            TimeSpan waited = TimeSpan.FromSeconds(seconds * 0.8), busy = TimeSpan.FromSeconds(seconds * 0.2);
            rates.Add(Fetch(seconds, 40 << 20) with
            {
                Phase = "load",
                Download = new DownloadProgress("https://one.example", 40 << 20, 40 << 20, 40 << 20, 4, done, 0),
                Stages = [new StageProgress("merge", 1, 10, busy, waited, TimeSpan.Zero, TimeSpan.Zero, 0, 0)],
            });
        }

        Assert.StartsWith(sentence, BoundSentence.Of(rates, [], DateTimeOffset.UnixEpoch), StringComparison.Ordinal);
    }

    [Fact]
    public void Left_RateOfBytesFalls_FollowsTheLastHalfMinute()
    {
        // 10 MiB/s for ten seconds, then 1 MiB/s for thirty.
        ProgressRates rates = Fetching((0, 0), (5, 50 << 20), (10, 100 << 20), (20, 110 << 20), (30, 120 << 20), (40, 130 << 20));

        Assert.Equal(70, rates.Left!.Value.TotalSeconds, 1.0);
    }

    [Fact]
    public void Left_NoByteInTheLastSeconds_IsUnknown() => Assert.Null(Fetching((0, 0), (5, 50 << 20), (10, 50 << 20)).Left);

    [Fact]
    public void Left_LedgersThatComeInBatches_KeepsTheOverallRate()
    {
        var rates = new ProgressRates();
        foreach ((double seconds, long done) in new[] { (10.0, 100L), (20.0, 100L), (50.0, 100L) })
            rates.Add(Fetch(seconds, done) with { Unit = "ledgers", Total = 200, Download = null });

        Assert.Equal(TimeSpan.FromSeconds(50), rates.Left);
    }

    [Fact]
    public void Render_ProofOfTheKeys_ShowsNoStagesBecauseTheyHaveEnded()
    {
        ProgressRates rates = Loading();
        JobProgress end = rates.Now with { Phase = "foreign keys", Total = 0 };
        rates.Add(end with { Elapsed = TimeSpan.FromSeconds(6) });
        rates.Add(end with { Elapsed = TimeSpan.FromSeconds(8) });

        Assert.DoesNotContain(LiveFrame.Render(rates, "", 80, 30), line => line.Text.Contains("waits", StringComparison.Ordinal));
    }

    [Fact]
    public void Render_MoreTablesThanFit_SaysThatThereAreMore()
    {
        var rates = new ProgressRates();
        rates.Add(Loading().Now with
        {
            Tables = [.. Enumerable.Range(0, 20).Select(number => new TableProgress($"a_table_of_the_wallet_{number}", 20 - number))],
        });
        MarkupLine[] lines = [.. LiveFrame.Render(rates, "", 80, 30)];

        Assert.EndsWith(" …", lines[^1].Text, StringComparison.Ordinal);
        Assert.All(lines, line => Assert.InRange(line.Width, 1, 79));
    }

    [Fact]
    public void Of_MergeThatHasEnded_IsNotTakenForAnArchiveThatIsWaitedFor()
    {
        var rates = new ProgressRates();
        StageProgress merge = new("merge", 1, 10, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(0.1), TimeSpan.Zero, TimeSpan.Zero, 0, 0);
        foreach (double seconds in new[] { 1.0, 4.0 })
        {
            rates.Add(new JobProgress
            {
                Job = "populate",
                Phase = "load",
                Elapsed = TimeSpan.FromSeconds(seconds),
                Stages =
                    [merge, new StageProgress("copy", 1, 1, TimeSpan.FromSeconds(seconds * 0.4), TimeSpan.Zero, TimeSpan.Zero,
                        TimeSpan.FromSeconds(seconds * 0.4), 0, 0)],
            });
        }

        Assert.StartsWith("copy was busy", BoundSentence.Of(rates, [], DateTimeOffset.UnixEpoch), StringComparison.Ordinal);
    }

    [Fact]
    public void Line_OfALook_IsOneJsonObject()
    {
        string line = ProgressJson.Line(Loading(), "It \"goes\".");
        Assert.DoesNotContain('\n', line);
        using var document = JsonDocument.Parse(line);
        Assert.Equal(("load", 1_000_000, "It \"goes\"."), (document.RootElement.GetProperty("phase").GetString(),
            document.RootElement.GetProperty("rows").GetInt64(), document.RootElement.GetProperty("bound_by").GetString()));
        Assert.Equal(800_000, document.RootElement.GetProperty("tables").GetProperty("trustline_balances").GetInt64());
    }

    [Fact]
    public void Write_WhileLinesAreDrawn_GoesAboveThem()
    {
        using var terminal = new StringWriter();
        using var region = new LiveRegion(terminal);
        region.Draw(["one", "two"], [3, 3]);
        region.WriteLine("a log line");
        region.Draw([], []);
        string newLine = Environment.NewLine;
        Assert.Equal($"one\r\ntwo\r\e[1A\e[Ja log line{newLine}one\r\ntwo\r\e[1A\e[J", terminal.ToString());
    }

    [Fact]
    public void Write_HalfALine_IsNotDrawnOver()
    {
        using var terminal = new StringWriter();
        using var region = new LiveRegion(terminal);
        region.Draw(["one"], [3]);
        region.Write("half ");
        region.Draw(["late"], [4]);
        region.Write($"whole{Environment.NewLine}");
        Assert.Equal($"one\r\e[Jhalf whole{Environment.NewLine}one", terminal.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("load")]
    public void Report_FirstLookOfAnyPhase_IsShown(string phase)
    {
        var seen = new List<string>();
        using (var display = ProgressDisplay.Start(ProgressMode.Plain, quiet: false, (rates, _) => seen.Add(rates.Now.Phase)))
        {
            display.Report(new JobProgress { Job = "populate", Phase = phase, Elapsed = TimeSpan.FromSeconds(1) });
            display.Report(new JobProgress { Job = "populate", Phase = phase, Elapsed = TimeSpan.FromSeconds(2) });
        }

        Assert.Equal([phase, phase], seen);
    }

    [Fact]
    public void Report_WhoeverLooksFails_TheWorkGoesOn()
    {
        int looks = 0;
        using var display = ProgressDisplay.Start(ProgressMode.None, quiet: false, (_, _) =>
        {
            looks++;
            throw new InvalidOperationException("of the one who looks");
        });
        display.Report(new JobProgress { Job = "populate", Phase = "load", Elapsed = TimeSpan.FromSeconds(1) });
        display.Report(new JobProgress { Job = "populate", Phase = "load", Elapsed = TimeSpan.FromSeconds(2) });
        Assert.Equal(1, looks);
    }

    private static ProgressRates Fetching(params (double Seconds, long Bytes)[] looks)
    {
        var rates = new ProgressRates();
        foreach ((double seconds, long bytes) in looks) rates.Add(Fetch(seconds, bytes));
        return rates;
    }

    private static JobProgress Fetch(double seconds, long bytes) => new()
    {
        Job = "populate",
        Phase = "fetch",
        Elapsed = TimeSpan.FromSeconds(seconds),
        PhaseElapsed = TimeSpan.FromSeconds(seconds),
        Done = bytes,
        Total = 200 << 20,
        Download = new DownloadProgress("https://one.example", bytes, bytes, 200 << 20, 4, 1, 3),
    };

    private static ProgressRates Loading()
    {
        var rates = new ProgressRates();
        rates.Add(Look(0, 0, 0));
        rates.Add(Look(4, 1_000_000, 1L << 30));
        return rates;
    }

    private static JobProgress Look(double seconds, long rows, long done)
    {
        TimeSpan Of(double share) => TimeSpan.FromSeconds(seconds * share);
        return new JobProgress
        {
            Job = "populate",
            Phase = "load",
            Elapsed = Of(1),
            PhaseElapsed = Of(1),
            Done = done,
            Total = 4L << 30,
            Rows = rows,
            Stages =
            [
                new StageProgress("merge", 1, 10, Of(0.2), Of(0.1), Of(0.7), TimeSpan.Zero, 0, 0),
                new StageProgress("decode", 1, 10, Of(0.3), Of(0.1), Of(0.6), TimeSpan.Zero, 3, 5),
                new StageProgress("accumulate", 1, 10, Of(0.05), Of(0.1), Of(0.85), TimeSpan.Zero, 0, 0),
                new StageProgress("copy", 1, 10, Of(0.9), TimeSpan.Zero, TimeSpan.Zero, Of(0.85), 0, 0),
            ],
            Tables = rows == 0 ? [] : [new TableProgress("trustline_balances", 800_000), new TableProgress("native_balances", 200_000)],
            Download = new DownloadProgress("https://one.example", 1 << 20, 2 << 20, 4 << 20, 21, 3, 2),
        };
    }
}
