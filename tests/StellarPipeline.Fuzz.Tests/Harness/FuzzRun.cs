using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using StellarPipeline.Dataflow;
using StellarPipeline.Xdr;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests.Harness;

/// <summary>
/// Runs the cases of one target, and fails at the first that crashes, hangs, allocates too much or fails with an error of no known kind.
/// </summary>
/// <remarks>
/// The cases run on a thread of their own with a small stack, so that recursion without a bound shows, and so that a case that hangs can be
/// left behind. A case is made again from the seed and its number; its input is in a file too, for another corpus makes another case.
/// </remarks>
internal sealed class FuzzRun
{
    /// <summary>Half of what a thread has by default; code that is not optimised needs more than the readers themselves.</summary>
    private const int StackBytes = 512 * 1024;

    private const int MaxMessageChars = 2_000;

    private readonly FuzzTarget target;
    private readonly FuzzSettings settings;
    private readonly SortedDictionary<string, long> outcomes = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long number;
    private long cases;
    private long allocatedMost;
    private byte[][] input = [];

    private FuzzRun(FuzzTarget target, FuzzSettings settings)
    {
        this.target = target;
        this.settings = settings;
    }

    /// <summary>Runs a target as long as the environment says.</summary>
    /// <param name="target">The target.</param>
    /// <param name="output">Where the statistics go.</param>
    /// <param name="expected">Outcomes that must occur, so that a target that always fails at its first byte shows.</param>
    public static Task RunAsync(FuzzTarget target, ITestOutputHelper output, params string[] expected) =>
        RunAsync(target, FuzzSettings.Of(target.Share), output, expected);

    /// <summary>Runs a target.</summary>
    public static async Task RunAsync(FuzzTarget target, FuzzSettings settings, ITestOutputHelper output, params string[] expected)
    {
        var run = new FuzzRun(target, settings);
        var watch = Stopwatch.StartNew();
        var thread = new Thread(run.Loop, StackBytes) { IsBackground = true, Name = $"fuzz {target.Name}" };
        thread.Start();
        await run.WatchAsync();
        output.WriteLine(run.Describe(watch.Elapsed));
        if (settings.Cases > 1 && run.cases == settings.Cases)
        {
            foreach (string outcome in expected)
            {
                Assert.True(
                    run.outcomes.ContainsKey(outcome), $"No case of {target.Name} ended as {outcome}: {run.Describe(watch.Elapsed)}");
            }
        }
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        long watched = -1;
        int ticks = 0;

        // Ticks are counted, and not time: a process that is stopped for a while does not tick.
        while (!finished.Task.IsCompleted)
        {
            await Task.WhenAny(finished.Task, timer.WaitForNextTickAsync().AsTask());
            long current = Volatile.Read(ref number);
            ticks = current == watched ? ticks + 1 : 0;
            watched = current;
            if (ticks > target.MaxSeconds)
                Fail($"did not end within {target.MaxSeconds} seconds", null);
        }

        await finished.Task;
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever comes is the result of the run.")]
    private void Loop()
    {
        try
        {
            var watch = Stopwatch.StartNew();
            for (long index = 0; index < settings.Cases && watch.Elapsed < settings.MaxTime; index++)
            {
                Volatile.Write(ref number, settings.FirstCase + index);
                RunCase(settings.FirstCase + index);
                cases++;
            }

            finished.TrySetResult();
        }
        catch (Exception error)
        {
            finished.TrySetException(error);
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "Errors of no known kind are what is looked for.")]
    private void RunCase(long caseNumber)
    {
        var random = new FuzzRandom(settings.Seed, caseNumber);
        input = target.Make(random);
        string outcome;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exception? refusal = null;
        try
        {
            outcome = target.Run(input, random);
        }
        catch (PipelineException error) when (error.Kind != FailureKind.Internal)
        {
            refusal = error;
            outcome = error is Archive.ArchiveException archive ? archive.Code : error.GetType().Name;
        }
        catch (XdrFormatException error) when (target.RefusesAsXdr)
        {
            refusal = error;
            outcome = "XDR";
        }
        catch (Exception error)
        {
            Fail("ended in an error of no known kind", error);
            throw;
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        allocatedMost = Math.Max(allocatedMost, allocated);
        if (allocated > target.MaxAllocatedBytes(input))
        {
            Fail(
                string.Create(CultureInfo.InvariantCulture,
                    $"allocated {allocated:N0} bytes; {target.MaxAllocatedBytes(input):N0} are allowed"), refusal);
        }

        if (refusal is not null)
            CheckMessage(refusal);
        outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
    }

    // What people see must be short, and must not carry control characters from the archive to their terminal.
    private void CheckMessage(Exception refusal)
    {
        if (refusal.Message.Length > MaxMessageChars)
            Fail($"was refused with a message of {refusal.Message.Length} characters", refusal);
        if (refusal.Message.AsSpan().ContainsAnyInRange('\0', '\u001f') || refusal.Message.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            Fail("was refused with a message that holds control characters", refusal);
    }

    [DoesNotReturn]
    private void Fail(string what, Exception? error)
    {
        byte[][] bytes = input;
        long caseNumber = Volatile.Read(ref number);
        string file = Path.Combine(Path.GetTempPath(), $"fuzz-{target.Name}-{settings.Seed}-{caseNumber}.hex");
        File.WriteAllLines(file, bytes.Select(Convert.ToHexStringLower));
        string hex = string.Join(' ', bytes.Select(part => Convert.ToHexStringLower(part.AsSpan(0, Math.Min(part.Length, 500)))));
        throw new InvalidOperationException(
            $"{target.Name}, seed {settings.Seed}, case {caseNumber}: it {what}. Input: {file} ({hex}). "
            + $"Again: {FuzzSettings.SeedVariable}={settings.Seed} {FuzzSettings.CaseVariable}={caseNumber} and this test alone. {error}",
            error);
    }

    private string Describe(TimeSpan elapsed)
    {
        using var process = Process.GetCurrentProcess();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{target.Name}: {cases:N0} cases in {elapsed.TotalSeconds:N1} s, seed {settings.Seed}; at most {allocatedMost:N0} bytes "
                + $"allocated for one; "
            + $"process peak {process.PeakWorkingSet64 / 1048576:N0} MiB. "
            + $"{string.Join(", ", outcomes.Select(pair => $"{pair.Key} {pair.Value:N0}"))}");
    }
}
