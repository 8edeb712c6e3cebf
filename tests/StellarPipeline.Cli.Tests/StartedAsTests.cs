namespace StellarPipeline.Cli.Tests;

/// <summary>A hint is a command that the user can type as the program was started.</summary>
public sealed class StartedAsTests
{
    [Theory]
    [InlineData("/co/.artifacts/bin/stellar-pipeline", "/co/.artifacts/bin/stellar-pipeline.dll",
        "/usr/share/dotnet/dotnet run -c Release --project src/StellarPipeline.Cli -- demo", "/usr/bin",
        "dotnet run -c Release --project src/StellarPipeline.Cli --")]
    [InlineData("/usr/share/dotnet/dotnet", "/co/out/stellar-pipeline.dll", "bash", "/usr/bin", "dotnet out/stellar-pipeline.dll")]
    [InlineData("/co/out/stellar-pipeline", "/co/out/stellar-pipeline.dll", "bash", "/usr/bin", "out/stellar-pipeline")]
    [InlineData("/co/stellar-pipeline", "/co/stellar-pipeline.dll", "bash", "/usr/bin", "./stellar-pipeline")]
    [InlineData("/opt/x/stellar-pipeline", "/opt/x/stellar-pipeline.dll", "bash", "/usr/bin", "/opt/x/stellar-pipeline")]
    [InlineData("/root/.dotnet/tools/stellar-pipeline", "/root/.dotnet/tools/.store/stellar-pipeline.dll", "bash",
        "/usr/bin:/root/.dotnet/tools", "stellar-pipeline")]
    public void Of_AWayToStart_GivesWhatStandsBeforeACommand(string process, string program, string parent, string path, string expected)
    {
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(expected, StartedAs.Of(process, program, parent.Split(' '), "/co", path));
    }
}
