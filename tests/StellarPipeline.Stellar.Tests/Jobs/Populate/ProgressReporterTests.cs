using StellarPipeline.Stellar.Jobs.Populate;

namespace StellarPipeline.Stellar.Tests.Jobs.Populate;

public sealed class ProgressReporterTests
{
    [Theory]
    [InlineData(null, null, "", "prepare")]
    [InlineData("proof", null, "", "proof")]
    [InlineData(null, "", "fetch", "fetch")]
    [InlineData(null, "load", "fetch", "load")]
    [InlineData(null, "", "commit", "commit")]
    public void PhaseOf_BetweenPhasesAndAfterTheLast_StaysAtTheOneBefore(
        string? preparing, string? loading, string shown, string expected) =>
            Assert.Equal(expected, ProgressReporter.PhaseOf(preparing, loading, shown));
}
