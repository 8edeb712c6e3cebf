using System.Globalization;
using StellarPipeline.Dataflow.Files;

namespace StellarPipeline.Postgres.Embedded;

/// <summary>The operating system user that runs the server, and how to run a program as that user.</summary>
/// <remarks>
/// PostgreSQL refuses to run as root. A root process therefore runs every server program through <c>setpriv</c> (or <c>runuser</c>) as the
/// owner of an existing data directory, else as <c>postgres</c>, else as <c>nobody</c>. Any other process runs them as itself.
/// </remarks>
internal sealed class ServerAccount
{
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(30);
    private readonly string[] prefix;

    private ServerAccount(string name, uint? userId, uint? groupId, string[] prefix)
    {
        Name = name;
        UserId = userId;
        GroupId = groupId;
        this.prefix = prefix;
    }

    /// <summary>User name, for messages.</summary>
    public string Name { get; }

    /// <summary>User number; null if programs run as the current user.</summary>
    public uint? UserId { get; }

    /// <summary>Group number; null if programs run as the current user.</summary>
    public uint? GroupId { get; }

    /// <summary>Chooses the user.</summary>
    /// <param name="dataDirectory">An existing cluster, whose owner is chosen; null for a new one.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public static async Task<ServerAccount> ChooseAsync(string? dataDirectory, CancellationToken cancellationToken) =>
        OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess
            ? new ServerAccount(Environment.UserName, null, null, [])
            : await ChooseForRootAsync(dataDirectory, ["postgres", "nobody"], CommandRunner.FindOnPath, cancellationToken).ConfigureAwait(
                false);

    /// <summary>Chooses the user for a root process: the owner of an existing cluster, else the first candidate that exists.</summary>
    internal static async Task<ServerAccount> ChooseForRootAsync(
        string? dataDirectory, string[] candidates, Func<string, string?> findProgram, CancellationToken cancellationToken)
    {
        string? name = null;
        if (dataDirectory is not null)
        {
            uint owner = await OwnerAsync(dataDirectory, cancellationToken).ConfigureAwait(false);
            if (owner != 0)
                name = owner.ToString(CultureInfo.InvariantCulture);
        }

        foreach (string candidate in name is null ? candidates : [name])
        {
            if (await IdAsync("-u", candidate, cancellationToken).ConfigureAwait(false) is { } user
                && await IdAsync("-g", candidate, cancellationToken).ConfigureAwait(false) is { } group)
            {
                string label = (await CommandRunner.RunAsync(["id", "-un", candidate], ToolTimeout, cancellationToken).ConfigureAwait(
                    false)).Output.Trim();
                return new ServerAccount(label, user, group, SwitchTo(label, user, group, findProgram));
            }
        }

        EmbeddedThrow.NoAccount();
        return null;
    }

    /// <summary>The command line that runs a program as this user.</summary>
    public string[] Command(params string[] command) => [.. prefix, .. command];

    /// <summary>
    /// Makes this user the owner of a folder that this process has just created in a place where nobody else can replace it. Does not
    /// follow links.
    /// </summary>
    public async Task GiveAsync(string path, CancellationToken cancellationToken)
    {
        if (UserId is null)
            return;
        CommandResult result = await CommandRunner.RunAsync(
            ["chown", "-h", FormattableString.Invariant($"{UserId}:{GroupId}"), path], ToolTimeout, cancellationToken)
            .ConfigureAwait(false);
        if (result.ExitCode != 0)
            EmbeddedThrow.ToolFailed("chown", path, result.Output);
    }

    /// <summary>
    /// Creates a folder that only this user can enter, with the rights of this user: for places where this user could replace files.
    /// </summary>
    public async Task MakeFolderAsync(string path, CancellationToken cancellationToken)
    {
        if (UserId is null)
            RunDirectory.CreatePrivate(path);
        else
            await RunAsync("mkdir", path, null, Command("mkdir", "-p", "-m", "700", "--", path), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a file that only this user can read, with the rights of this user. The file must not exist.</summary>
    public async Task WriteAsync(string path, string text, CancellationToken cancellationToken)
    {
        if (UserId is null)
        {
            RunDirectory.WritePrivate(path, text);
        }
        else
        {
            await RunAsync("sh", path, text, Command("/bin/sh", "-c", "umask 077 && set -C && cat > \"$0\"", path), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Removes a file or a folder and its content, with the rights of this user. What another user cannot remove stays.</summary>
    public async Task RemoveAsync(string path, CancellationToken cancellationToken)
    {
        if (UserId is not null)
            await CommandRunner.RunAsync(Command("rm", "-rf", "--", path), ToolTimeout, cancellationToken).ConfigureAwait(false);
        else if (File.Exists(path))
            File.Delete(path);
        else if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
    }

    /// <summary>Whether a path is a folder, not a link, and belongs to this user.</summary>
    public async Task<bool> OwnsAsync(string directory, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
            return true;
        if (OperatingSystem.IsLinux())
            return FileFacts.Of(directory) is { IsFolder: true } facts && facts.Owner == (UserId ?? FileFacts.CurrentUser);
        uint? user = UserId ?? await IdAsync("-u", Name, cancellationToken).ConfigureAwait(false);
        return new DirectoryInfo(directory).LinkTarget is null
            && await OwnerAsync(directory, cancellationToken).ConfigureAwait(false) == user;
    }

    /// <summary>Whether this user can enter and write a folder.</summary>
    public async Task<bool> CanUseAsync(string directory, CancellationToken cancellationToken) =>
        UserId is null || (await CommandRunner.RunAsync(
            Command("/bin/sh", "-c", "cd -- \"$0\" && [ -w . ]", directory), ToolTimeout, cancellationToken)
            .ConfigureAwait(false)).ExitCode == 0;

    /// <summary>Whether this user can enter a folder.</summary>
    public async Task<bool> CanEnterAsync(string directory, CancellationToken cancellationToken) =>
        UserId is null || (await CommandRunner.RunAsync(Command("/bin/sh", "-c", "cd -- \"$0\"", directory), ToolTimeout, cancellationToken)
            .ConfigureAwait(false)).ExitCode == 0;

    /// <summary>User number of a folder's owner. Not for Windows.</summary>
    public static async Task<uint> OwnerAsync(string directory, CancellationToken cancellationToken)
    {
        // GNU and BusyBox take -c, BSD and macOS take -f.
        string[] command = OperatingSystem.IsLinux() ? ["stat", "-c", "%u", directory] : ["stat", "-f", "%u", directory];
        CommandResult result = await CommandRunner.RunAsync(command, ToolTimeout, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
            EmbeddedThrow.ToolFailed("stat", directory, result.Output);
        return uint.Parse(result.Output.Trim(), CultureInfo.InvariantCulture);
    }

    private static async Task RunAsync(string tool, string path, string? input, string[] command, CancellationToken cancellationToken)
    {
        CommandResult result = await CommandRunner.RunAsync(command, ToolTimeout, cancellationToken, input).ConfigureAwait(false);
        if (result.ExitCode != 0)
            EmbeddedThrow.ToolFailed(tool, path, result.Output);
    }

    private static string[] SwitchTo(string name, uint user, uint group, Func<string, string?> findProgram)
    {
        // setpriv replaces itself by the program and starts no session; runuser remains as its parent process.
        if (findProgram("setpriv") is { } setpriv)
        {
            return [setpriv, FormattableString.Invariant($"--reuid={user}"), FormattableString.Invariant($"--regid={group}"),
                "--init-groups", "--"];
        }

        if (findProgram("runuser") is { } runuser)
            return [runuser, "-u", name, "--"];
        EmbeddedThrow.NoUserSwitch(name);
        return [];
    }

    private static async Task<uint?> IdAsync(string option, string name, CancellationToken cancellationToken)
    {
        CommandResult result = await CommandRunner.RunAsync(["id", option, name], ToolTimeout, cancellationToken).ConfigureAwait(false);
        return result.ExitCode == 0 && uint.TryParse(result.Output.Trim(), CultureInfo.InvariantCulture, out uint id) ? id : null;
    }
}
