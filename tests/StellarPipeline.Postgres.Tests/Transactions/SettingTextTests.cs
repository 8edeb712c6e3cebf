using StellarPipeline.Postgres.Transactions;

namespace StellarPipeline.Postgres.Tests.Transactions;

public sealed class SettingTextTests
{
    [Theory]
    [InlineData("off", "off", null, true)]
    [InlineData("OFF", "off", null, true)]
    [InlineData("false", "off", "off", true)]
    [InlineData("0", "0", "0", true)]
    [InlineData("0ms", "0", "0", true)]
    [InlineData("0ms", "1s", "1000", false)]
    [InlineData("90000ms", "90s", "90000", true)]
    [InlineData("90000", "90s", "90000", true)]
    [InlineData("1024MB", "1GB", "1048576", true)]
    [InlineData("1.5h", "90min", null, true)]
    [InlineData("1GB", "64MB", "65536", false)]
    [InlineData("on", "off", "off", false)]
    [InlineData("5s", "5MB", null, false)]
    [InlineData("replica", "origin", "origin", false)]
    public void Same_AskedAndShown_ComparesMeaningNotText(string asked, string shown, string? raw, bool expected) =>
        Assert.Equal(expected, SettingText.Same(asked, shown, raw));
}
