using StellarPipeline.Cli.Output;
using StellarPipeline.Stellar.Jobs.Live;

namespace StellarPipeline.Cli.Tests;

public sealed class LiveTickerTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Line_OfAnyState_SaysHowFarItIs()
    {
        var status = new LiveStatus(58_000_123, 1, Now.AddSeconds(-6), 0.4, false);
        Assert.Equal("live: standing by, because another process follows the network.",
            LiveTicker.Line(status with { IsStandingBy = true }, null, Now));
        Assert.Equal("live: no ledger yet.", LiveTicker.Line(status with { ClosedAt = null }, null, Now));
        Assert.Equal("live: ledger 58,000,123 of 2026-01-02 03:03:59 UTC is the last, 6 s old.", LiveTicker.Line(status, null, Now));
        Assert.Equal(
            "live: ledger 58,000,123 of 2026-01-02 03:03:59 UTC is the last, 6 s old, about 45 behind the network; 23 stored in the last "
                + "minute.",
            LiveTicker.Line(status with { Behind = 45 }, 58_000_100, Now));
    }
}
