using System.Globalization;

namespace StellarPipeline.TestSupport;

/// <summary>Looks at processes in <c>/proc</c>.</summary>
public static class Processes
{
    /// <summary>Whether a process runs.</summary>
    public static bool IsAlive(int processId)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat");
        try
        {
            // A zombie waits for its parent only, which may never ask: not every first process of a container does.
            string stat = File.ReadAllText(path);
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
