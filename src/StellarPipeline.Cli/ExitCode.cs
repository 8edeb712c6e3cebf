using StellarPipeline.Dataflow;

namespace StellarPipeline.Cli;

/// <summary>The process's exit codes. Scripts rely on them, so their meaning never changes.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Bug = 1;
    public const int Usage = 2;
    public const int Archive = 3;
    public const int Database = 4;
    public const int NetworkAhead = 5;
    public const int OutputLost = 6;
    public const int Interrupted = 130;

    public static int Of(FailureKind kind) => kind switch
    {
        FailureKind.Usage => Usage,
        FailureKind.Archive => Archive,
        FailureKind.Database => Database,
        FailureKind.NetworkAhead => NetworkAhead,
        _ => Bug,
    };
}
