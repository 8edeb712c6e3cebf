using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Dataflow.Tests;

/// <summary>Whether other users could exchange a folder, step by step from the root of the file system.</summary>
public sealed class FolderTrustTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("pipeline-trust-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [SkippableFact]
    public void FindDanger_FolderOfOnesOwnThatIsNotMadeYet_IsNone()
    {
        RequireLinux();
        Assert.Null(FolderTrust.FindDanger(Path.Combine(folder, "absent", "deeper")));
    }

    [SkippableFact]
    public void FindDanger_FolderThatEveryUserMayWrite_IsSafeOnlyAsASharedOneWithTheStickyBit()
    {
        RequireLinux();
        string open = Make("open", "0777");
        string sticky = Make("sticky", "1777");
        foreach (bool isShared in new[] { false, true })
            Assert.Equal($"{open} is writable by every user", FolderTrust.FindDanger(open, isShared));
        Assert.Equal($"{open} is writable by every user", FolderTrust.FindDanger(Path.Combine(open, "below")));
        Assert.Equal($"{sticky} is writable by every user", FolderTrust.FindDanger(sticky));
        Assert.Null(FolderTrust.FindDanger(sticky, isShared: true));
        Assert.Null(FolderTrust.FindDanger(Path.Combine(sticky, "below")));
        Assert.Null(FolderTrust.FindDanger(open, ownersOnly: true));
    }

    [SkippableFact]
    public void FindDanger_LinkThatLeadsUpAndDown_LooksAtWhereItLeads()
    {
        RequireLinux();
        string open = Make("open", "0777");
        Make("safe", "0755");
        string link = Path.Combine(folder, "safe", "link");
        File.CreateSymbolicLink(link, "../open");
        Assert.Equal($"{open} is writable by every user", FolderTrust.FindDanger(Path.Combine(link, "below")));
    }

    [SkippableFact]
    public void FindDanger_LinksInACircle_LeadNowhere()
    {
        RequireLinux();
        File.CreateSymbolicLink(Path.Combine(folder, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(folder, "b"), "a");
        Assert.Contains("leads nowhere", FolderTrust.FindDanger(Path.Combine(folder, "a")), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Open_LinkOrSecondNameOrLinkedFolder_IsRefusedAndNothingIsMade()
    {
        RequireLinux();
        string victim = Path.Combine(folder, "victim");
        File.WriteAllText(victim, "do not touch");
        string place = Make("place", "0700");
        File.CreateSymbolicLink(Path.Combine(place, "link"), victim);
        File.CreateSymbolicLink(Path.Combine(place, "dangling"), Path.Combine(folder, "made"));
        Run("ln", victim, Path.Combine(place, "second"));
        Directory.CreateSymbolicLink(Path.Combine(folder, "linked"), place);
        foreach (string name in new[] { "link", "dangling", "second" })
            Assert.Throws<IOException>(() => GuardedFile.Open(place, name, makes: true));
        Assert.Throws<IOException>(() => GuardedFile.Open(Path.Combine(folder, "linked"), "new", makes: true));
        Assert.False(File.Exists(Path.Combine(folder, "made")));
        Assert.Null(GuardedFile.Open(place, "absent", makes: false));
        using (SafeFileHandle? file = GuardedFile.Open(place, "new", makes: true)) Assert.True(GuardedFile.TryLock(file!));
        Assert.Equal("do not touch", File.ReadAllText(victim));
    }

    private static void RequireLinux() => Skip.IfNot(OperatingSystem.IsLinux(), "Owners and rights are read on Linux.");

    private string Make(string name, string mode)
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(path);
        Run("chmod", mode, path);
        return path;
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(command[0], command[1..]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
