using System.Globalization;

namespace StellarPipeline.TestSupport;

/// <summary>Reads the state of processes in <c>/proc</c>.</summary>
public static class Processes
{
    /// <summary>Whether a process is running; a zombie is not.</summary>
    public static bool IsAlive(int processId)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat");
        try
        {
            // A zombie only waits for its parent, possibly forever: not every first process of a container reaps its children.
            string stat = File.ReadAllText(path);
            return stat[stat.LastIndexOf(')') + 2] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
