/* wine-service.c: a Windows program (mingw-w64) that installs a driver as a service under Wine, gives it its
 * LocalPort and starts it, as an administrator would with sc.exe. It goes on until its input ends, so that
 * the prefix stays up; the harness then ends Wine. usage: wine-service /path/to/driver.sys PORT
 * It knows nothing about measuring.
 */
#include <windows.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME "openwsk-bench"
#define KEY "System\\CurrentControlSet\\Services\\" NAME "\\Parameters"

static int unavailable(const char *what)
{
    printf("unavailable: %s under Wine: error %lu\n", what, GetLastError());
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    char path[1024];
    SC_HANDLE manager, service;
    HKEY key;
    DWORD port;
    if (argc < 3) return 2;
    port = (DWORD)atoi(argv[2]);
    snprintf(path, sizeof(path), "\\??\\Z:%s", argv[1]);
    for (char *at = path; *at != 0; at++) {
        if (*at == '/') *at = '\\';
    }
    manager = OpenSCManagerA(NULL, NULL, SC_MANAGER_ALL_ACCESS);
    if (manager == NULL) return unavailable("OpenSCManager");
    service = CreateServiceA(manager, NAME, NAME, SERVICE_ALL_ACCESS, SERVICE_KERNEL_DRIVER,
        SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL, path, NULL, NULL, NULL, NULL, NULL);
    if (service == NULL) return unavailable("CreateService");
    if (RegCreateKeyExA(HKEY_LOCAL_MACHINE, KEY, 0, NULL, 0, KEY_ALL_ACCESS, NULL, &key, NULL) != 0)
        return unavailable("RegCreateKeyEx");
    RegSetValueExA(key, "LocalPort", 0, REG_DWORD, (const BYTE *)&port, sizeof(port));
    RegCloseKey(key);
    if (!StartServiceA(service, 0, NULL)) return unavailable("StartService");
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF) { }
    return 0;
}
