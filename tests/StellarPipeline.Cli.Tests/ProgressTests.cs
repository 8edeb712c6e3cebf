using System.Text.Json;
using Serilog.Events;
using StellarPipeline.Cli.Output;
using StellarPipeline.Cli.Output.Logging;
using StellarPipeline.Cli.Output.Progress;
using StellarPipeline.Dataflow;
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
        Assert.Equal("Waiting for the archive since 12 s: one.example did not answer: attempt 3 of 10 failed.",
            BoundSentence.Of(rates, [retry], now));
        Assert.StartsWith("The archive bounds the load", BoundSentence.Of(rates, [retry with { Time = now.AddMinutes(-2) }], now),
            StringComparison.Ordinal);
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
