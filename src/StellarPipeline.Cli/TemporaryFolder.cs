using StellarPipeline.Dataflow;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Cli;

/// <summary>Makes folders for temporary files that no other user can replace.</summary>
internal static class TemporaryFolder
{
    /// <summary>Makes a folder of mode 0700 with a unique name.</summary>
    /// <param name="prefix">The beginning of its name.</param>
    /// <exception cref="CommandLineException">Other users could replace the folder (kind usage).</exception>
    public static string Create(string prefix)
    {
        if (FolderTrust.FindDanger(Path.GetTempPath(), isShared: true) is { } danger)
        {
            throw new CommandLineException(
                FailureKind.Usage,
                $"The folder for temporary files {Path.GetTempPath()} is not safe to use: {danger}. Name another one in the environment "
                    + $"variable TMPDIR.");
        }

        return Directory.CreateTempSubdirectory(prefix).FullName;
    }
}
