using StellarPipeline.Archive.Checkpoints;
using StellarPipeline.Dataflow;

namespace StellarPipeline.Archive.Tests.Checkpoints;

public sealed class CheckpointScheduleTests
{
    [Theory]
    [InlineData(64, 63U, 1U, 63)]
    [InlineData(64, 127U, 64U, 64)]
    [InlineData(64, 63_092_991U, 63_092_928U, 64)]
    [InlineData(64, 4_294_967_295U, 4_294_967_232U, 64)]
    [InlineData(8, 7U, 1U, 7)]
    [InlineData(8, 15U, 8U, 8)]
    public void FirstLedgerIn_ACheckpoint_CountsItsLedgers(int frequency, uint checkpoint, uint first, int count)
    {
        var schedule = new CheckpointSchedule(frequency);

        Assert.True(schedule.IsCheckpoint(checkpoint));
        Assert.Equal(first, schedule.FirstLedgerIn(checkpoint));
        Assert.Equal(count, schedule.LedgerCount(checkpoint));
        Assert.Equal(checkpoint, schedule.Containing(first));
        Assert.Equal(checkpoint, schedule.Containing(checkpoint));
    }

    [Theory]
    [InlineData(64, 0U, null, 63U)]
    [InlineData(64, 62U, null, 63U)]
    [InlineData(64, 63U, null, 127U)]
    [InlineData(64, 64U, 63U, 127U)]
    [InlineData(64, 126U, 63U, 127U)]
    [InlineData(64, 127U, 63U, 191U)]
    [InlineData(64, 4_294_967_231U, 4_294_967_167U, 4_294_967_295U)]
    [InlineData(64, 4_294_967_294U, 4_294_967_231U, 4_294_967_295U)]
    [InlineData(64, 4_294_967_295U, 4_294_967_231U, null)]
    [InlineData(8, 8U, 7U, 15U)]
    public void PreviousAndNext_OfALedger_AreStrictlyOnEitherSide(int frequency, uint ledger, uint? previous, uint? next)
    {
        var schedule = new CheckpointSchedule(frequency);

        Assert.Equal(previous, schedule.Previous(ledger));
        Assert.Equal(next, schedule.Next(ledger));
    }

    [Fact]
    public void First_OfEachFrequency_IsOneLess()
    {
        Assert.Equal(63U, CheckpointSchedule.Default.First);
        Assert.Equal(7U, new CheckpointSchedule(8).First);
    }

    [Fact]
    public void Require_ALedgerBetweenCheckpoints_OffersBothNeighbours()
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => CheckpointSchedule.Default.Require(57_000_000));

        Assert.Equal(ArchiveErrorCode.CheckpointSequence, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Equal(
            "Ledger 57,000,000 does not end a checkpoint. Checkpoints end where (ledger + 1) is divisible by 64: use 56,999,999 or "
                + "57,000,063.",
            error.Message);
    }

    [Fact]
    public void Require_ALedgerBeforeTheFirstCheckpoint_OffersTheFirst()
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => CheckpointSchedule.Default.LedgerCount(5));

        Assert.Equal(ArchiveErrorCode.CheckpointSequence, error.Code);
        Assert.Contains("the first is 63", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-64)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(8_192)]
    public void Constructor_FrequencyThatNoNetworkUses_IsRefused(int frequency)
    {
        ArchiveException error = Assert.Throws<ArchiveException>(() => new CheckpointSchedule(frequency));

        Assert.Equal(ArchiveErrorCode.CheckpointFrequency, error.Code);
        Assert.Equal(FailureKind.Usage, error.Kind);
        Assert.Contains("power of two", error.Message, StringComparison.Ordinal);
    }
}
