using StellarPipeline.Archive;
using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Fuzz.Tests.Harness;
using StellarPipeline.Xdr;
using Xunit.Abstractions;

namespace StellarPipeline.Fuzz.Tests;

/// <summary>The runner finds what it is there for, and says how to see it again.</summary>
public sealed class FuzzRunTests(ITestOutputHelper output)
{
    private static readonly FuzzSettings Settings = new(20, TimeSpan.MaxValue, Seed: 7, FirstCase: 3);

    [Fact]
    public async Task Run_AnErrorOfNoKnownKind_FailsWithSeedCaseAndInput()
    {
        InvalidOperationException error = await FailAsync(new FakeTarget(_ => throw new InvalidCastException("what is wrong")));

        Assert.StartsWith("fake, seed 7, case 3: it ended in an error of no known kind. Input: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("(010203)", error.Message, StringComparison.Ordinal);
        Assert.Contains("PIPELINE_FUZZ_SEED=7 PIPELINE_FUZZ_CASE=3", error.Message, StringComparison.Ordinal);
        Assert.Contains("what is wrong", error.Message, StringComparison.Ordinal);
        string file = Path.Combine(Path.GetTempPath(), "fuzz-fake-7-3.hex");
        Assert.Equal("010203", (await File.ReadAllLinesAsync(file))[0]);
        File.Delete(file);
    }

    [Fact]
    public async Task Run_ARefusalOfTheWrongKind_Fails() =>
        Assert.Contains("of no known kind",
            (await FailAsync(new FakeTarget(_ => throw new XdrFormatException("T", "f", 0, "No.")))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Run_TooMuchMemory_Fails()
    {
        InvalidOperationException error = await FailAsync(new FakeTarget(_ => GC.KeepAlive(new byte[200_000])));

        Assert.Contains("it allocated 200,", error.Message, StringComparison.Ordinal);
        Assert.Contains("bytes; 100,000 are allowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AMessageWithControlCharacters_Fails() =>
        Assert.Contains(
            "a message that holds control characters",
            (await FailAsync(new FakeTarget(_ => throw new FakeRefusalException("red \u001b[31m")))).Message,
            StringComparison.Ordinal);

    [Fact]
    public async Task Run_AVeryLongMessage_Fails() =>
        Assert.Contains("a message of 3000 characters", (await FailAsync(
            new FakeTarget(_ => throw new FakeRefusalException(new string('m', 3_000))))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Run_ACaseThatHangs_FailsWithItsNumber()
    {
        using var hang = new ManualResetEventSlim();
        int cases = 0;

        InvalidOperationException error = await FailAsync(new FakeTarget(_ =>
        {
            if (++cases == 5)
                hang.Wait();
        }));
        hang.Set();

        Assert.Contains("fake, seed 7, case 7: it did not end within 1 seconds", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AnExpectedOutcomeThatNeverOccurs_Fails()
    {
        Exception? error =
            await Record.ExceptionAsync(() => FuzzRun.RunAsync(new FakeTarget(_ => { }), Settings, output, "done", "another"));

        Assert.NotNull(error);
        Assert.Contains("No case of fake ended as another", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SuccessesAndRefusals_AreCounted()
    {
        int cases = 0;

        await FuzzRun.RunAsync(
            new FakeTarget(_ =>
            {
                if (++cases % 2 == 0)
                    ArchiveStateParser.Parse([], "x");
            }),
            Settings,
            output,
            "done",
            ArchiveErrorCode.StateJson);

        Assert.Equal(20, cases);
    }

    private Task<InvalidOperationException> FailAsync(FakeTarget target) =>
        Assert.ThrowsAsync<InvalidOperationException>(() => FuzzRun.RunAsync(target, Settings, output));

    private sealed class FakeTarget(Action<byte[][]> run) : FuzzTarget
    {
        public override string Name => "fake";

        public override int Share => 1;

        public override int MaxSeconds => 1;

        public override byte[][] Make(FuzzRandom random) => [[1, 2, 3]];

        public override long MaxAllocatedBytes(byte[][] input) => 100_000;

        public override string Run(byte[][] input, FuzzRandom random)
        {
            run(input);
            return "done";
        }
    }

    private sealed class FakeRefusalException(string message) : Dataflow.PipelineException(Dataflow.FailureKind.Archive, message);
}
