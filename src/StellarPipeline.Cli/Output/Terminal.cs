namespace StellarPipeline.Cli.Output;

/// <summary>Properties of the terminal.</summary>
internal static class Terminal
{
    private const int UsualColumns = 80;
    private const int UsualRows = 24;

    /// <summary>Whether standard error is a terminal that understands cursor movements.</summary>
    public static bool IsLive => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not ("dumb" or "" or null);

    /// <summary>Columns, 40 to 200.</summary>
    public static int Columns => Math.Clamp(Ask(() => Console.WindowWidth, "COLUMNS", UsualColumns), 40, 200);

    /// <summary>Rows.</summary>
    public static int Rows => Math.Max(4, Ask(() => Console.WindowHeight, "LINES", UsualRows));

    private static int Ask(Func<int> ask, string variable, int usual)
    {
        try
        {
            if (ask() is > 0 and var found) return found;
        }
        catch (Exception error) when (error is IOException or PlatformNotSupportedException or ArgumentOutOfRangeException)
        {
            // No terminal to ask.
        }

        return int.TryParse(Environment.GetEnvironmentVariable(variable), out int named) && named > 0 ? named : usual;
    }
}
