using StellarPipeline.Postgres.Embedded;

namespace StellarPipeline.Postgres.Tests.Embedded;

/// <summary>Shell scripts that stand in for programs.</summary>
internal static class StandIn
{
    /// <summary>Writes a script that can be run at once.</summary>
    /// <remarks>The shell writes it: what this process has open for writing is also open in a child that another test starts at that
    /// moment, and a file that anybody can write to cannot be run ("text file busy").</remarks>
    public static async Task WriteAsync(string path, string script)
    {
        CommandResult result = await CommandRunner.RunAsync(
            ["/bin/sh", "-c", "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"", path, script], TimeSpan.FromMinutes(2),
            CancellationToken.None);
        Assert.True(result.ExitCode == 0, result.Output);
    }
}
