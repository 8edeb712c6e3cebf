using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

public sealed class PopulateOptionsTests
{
    [Fact]
    public void Validate_StallLimitThatNoClockKeeps_IsRefused()
    {
        foreach (TimeSpan limit in new[] { TimeSpan.Zero, TimeSpan.FromMilliseconds(3), TimeSpan.MaxValue })
            Assert.Throws<PopulateException>(new PopulateOptions { StallLimit = limit }.Validate);
        new PopulateOptions { StallLimit = Timeout.InfiniteTimeSpan }.Validate();
        new PopulateOptions { StallLimit = TimeSpan.FromDays(24) }.Validate();
    }

    [Theory]
    [InlineData(28, 48, true)]
    [InlineData(29, 48, false)]
    [InlineData(64, 48, false)]
    [InlineData(64, 102, true)]
    public void Validate_DecodeWorkers_MustFindRoomForTheirRows(int workers, int mebibytes, bool isValid)
    {
        var options = new PopulateOptions { DecodeWorkers = workers, RowBytesInFlight = (long)mebibytes << 20 };

        Exception? error = Record.Exception(options.Validate);

        Assert.Equal(isValid, error is null);
        if (!isValid) Assert.Contains("bytes in flight are too few for", error!.Message, StringComparison.Ordinal);
    }
}
